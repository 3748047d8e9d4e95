//! The meaning of each errno of each operation, and the hints for users. No other
//! module interprets errnos.

use alsa_seq_kernel_abi::ioctl::Errno;

use super::{ErrorKind, Operation};

pub(super) fn kind(operation: Operation, errno: Errno) -> ErrorKind {
    use ErrorKind as Kind;
    use Operation as Op;

    match (operation, errno) {
        (Op::EventInput, Errno::ENOSPC) => Kind::Overrun,
        // Another program has opened the raw MIDI device behind the port.
        (Op::Connect, Errno::EAGAIN) => Kind::Busy,
        // This is about direct events. For other events EAGAIN means "wait", and `io`
        // handles it. The kernel does not report when the receiver has room again.
        (Op::EventOutput, Errno::EAGAIN) => Kind::ReceiverFull,
        (Op::EventOutput, Errno::ENOMEM) => Kind::TooLarge,
        // The kernel may also be out of memory. So the callers count the clients and
        // queues that exist. The 255th port of a client gives EINVAL, before 6.5
        // ENOMEM; `ClientControl::create_port` counts the ports.
        (Op::Open | Op::CreateQueue, Errno::ENOMEM) => Kind::LimitReached,
        (_, Errno::ENOMEM) => Kind::OutOfMemory,
        // These operations return EINVAL if the object does not exist.
        (
            Op::Connect
            | Op::Connection
            | Op::FindQueue
            | Op::QueueUsage
            | Op::SetQueueUsage
            | Op::QueueInfo
            | Op::QueueStatus
            | Op::ControlQueue
            | Op::QueueTempo
            | Op::QueueTimer,
            Errno::EINVAL,
        ) => Kind::NotFound,
        // The queue belongs to another client, or does not exist. `Queue` finds out
        // which.
        (Op::DeleteQueue | Op::SetQueueInfo, Errno::EINVAL) => Kind::PermissionDenied,
        // EBADFD: the client is not a UMP client, so it has no endpoint.
        (_, Errno::ENOENT | Errno::ENXIO | Errno::ENODEV | Errno::EBADFD) => Kind::NotFound,
        // A path through a file, and a path to a directory.
        (Op::Open, Errno::ENOTDIR) => Kind::NotFound,
        (Op::Open, Errno::EISDIR) => Kind::InvalidInput,
        (_, Errno::EACCES | Errno::EPERM) => Kind::PermissionDenied,
        (_, Errno::EBUSY) => Kind::Busy,
        (_, Errno::EINVAL | Errno::EMLINK) => Kind::InvalidInput,
        // The two ioctls that a kernel may lack are those of UMP.
        (_, Errno::ENOTTY) => Kind::Unsupported {
            needs: "Linux 6.5 or newer, built with CONFIG_SND_SEQ_UMP",
        },
        _ => Kind::Other,
    }
}

/// Returns whether the C library's text for the errno is less exact than our kind of error, or
/// misleading: "no space left on device" for lost events.
pub(super) fn has_inexact_text(kind: ErrorKind, errno: Errno) -> bool {
    use ErrorKind as Kind;

    match kind {
        Kind::Overrun
        | Kind::ReceiverFull
        | Kind::TooLarge
        | Kind::LimitReached
        | Kind::Unsupported { .. } => true,
        Kind::NotFound => matches!(errno, Errno::EINVAL | Errno::EPERM | Errno::EBADFD),
        Kind::PermissionDenied => errno == Errno::EINVAL,
        _ => false,
    }
}

pub(super) fn hint(
    operation: Operation,
    kind: ErrorKind,
    errno: Option<Errno>,
) -> Option<&'static str> {
    use ErrorKind as Kind;
    use Operation as Op;

    Some(match (operation, kind, errno) {
        (Op::Open, Kind::PermissionDenied, _) => {
            "add the user to the 'audio' group, or let the container use the device"
        }
        (Op::Open, Kind::NotFound, Some(Errno::ENOENT)) => {
            "load the kernel's sequencer (modprobe snd-seq, the option CONFIG_SND_SEQUENCER), or pass \
             the device into the container"
        }
        (Op::Open, Kind::NotFound, Some(Errno::ENXIO | Errno::ENODEV)) => {
            "the kernel has no sequencer driver: load it (modprobe snd-seq), or build the kernel with \
             CONFIG_SND_SEQUENCER"
        }
        (Op::Open, Kind::LimitReached, _) => {
            "all 64 clients are in use: close programs that use the sequencer"
        }
        (Op::Open | Op::CreateQueue, Kind::OutOfMemory, _) => "the kernel has no memory left",
        (Op::CreateQueue, Kind::LimitReached, _) => "all 32 queues are in use",
        (Op::CreatePort, Kind::LimitReached, _) => "a client has at most 254 ports",
        // Without an errno, this library found it.
        (Op::CreatePort, Kind::Busy, None) => "the port number is taken",
        (Op::CreatePort, Kind::Busy, _) => "a client has one UMP endpoint port",
        (Op::SetClientPool, Kind::Busy, _) => {
            "the pool holds scheduled events: wait for them, or remove them"
        }
        (Op::Connect, Kind::NotFound, _) => "one of the two ports does not exist",
        (Op::Connect, Kind::PermissionDenied, _) => {
            "one of the two ports does not allow this connection"
        }
        (Op::Connect, Kind::Busy, _) => {
            "the ports are already connected, or one has an exclusive connection, or another \
             program has opened its device"
        }
        (Op::Disconnect, Kind::NotFound, Some(Errno::ENOENT)) => "the ports are not connected",
        (Op::Disconnect, Kind::NotFound, _) => "one of the two ports does not exist",
        (Op::Disconnect, Kind::PermissionDenied, _) => {
            "one of the two ports does not allow this connection to be changed"
        }
        (Op::ControlQueue | Op::SetQueueTempo | Op::SetQueueTimer, Kind::PermissionDenied, _) => {
            "the queue is locked by its owner"
        }
        (Op::DeleteQueue | Op::SetQueueInfo, Kind::PermissionDenied, _) => {
            "the queue belongs to another client"
        }
        (Op::SetQueueInfo, Kind::Busy, _) => "stop the queue before renaming or locking it",
        (Op::SetQueueTempo, Kind::Busy, _) => {
            "stop the queue before changing its ticks per quarter"
        }
        (Op::FindClient, Kind::Ambiguous, _) => "several clients have this name; use a number",
        (Op::FindClient, Kind::NotFound, None) => {
            "write the whole name; the case of letters matters"
        }
        (Op::FindPort, Kind::Ambiguous, _) => {
            "use the numbers, or the whole names in quotes: '\"client\":\"port\"'"
        }
        (Op::FindPort, Kind::NotFound, None) => {
            "write CLIENT:PORT, with numbers or names; a name may be shortened; the case of letters \
             matters"
        }
        (Op::EndpointInfo | Op::FunctionBlock, Kind::NotFound, Some(Errno::EBADFD)) => {
            "the client is not a UMP client"
        }
        (Op::EndpointInfo | Op::FunctionBlock, Kind::NotFound, Some(Errno::ENODEV)) => {
            "the client has not described this endpoint or function block"
        }
        (Op::EventInput, Kind::Overrun, _) => "read faster, or enlarge the input pool",
        (Op::EventOutput, Kind::BufferFull, _) => "drain the output first",
        (Op::EventOutput, Kind::ReceiverFull, _) => {
            "the receiver does not read fast enough; send slower, or through a queue"
        }
        (Op::EventOutput, Kind::TooLarge, _) => "split the message, or enlarge the pool",
        (Op::EventOutput, Kind::NotFound, Some(Errno::ENODEV)) => {
            "connect to the hardware port before sending to it"
        }
        (Op::EventOutput, Kind::NotFound, _) => {
            "the port does not exist, or does not accept this event"
        }
        (Op::EventOutput, Kind::PermissionDenied, _) => {
            "the port cannot be written to, or the queue is locked by its owner"
        }
        (Op::EventOutput, Kind::InvalidInput, Some(Errno::EMLINK)) => {
            "ports are connected in a circle"
        }
        (Op::EventOutput, Kind::InvalidInput, Some(_)) => {
            "the event is not valid, its queue does not exist or is not this client's, or it goes \
             to the subscribers of a port that does not exist"
        }
        _ => return None,
    })
}
