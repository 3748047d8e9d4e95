//! Queues: settings that are refused, calls by clients that do not own the queue, and calls after
//! the queue is deleted.

use std::time::Duration;

use alsa_seq::abi;
use alsa_seq::{
    ClientOptions, Direction, Error, ErrorKind, Operation, Queue, QueueId, QueueOptions,
    QueueTimer, RealTime, SequencerClient, Subject, Tempo,
};
use nix::errno::Errno;

use super::{OURS, assert_error};
use support::{client, need_sequencer, queue_of_a_number_of_its_own, unique};

/// Calls every method that starts, stops or sets the queue by sending an event.
fn every_order(queue: &Queue) -> Vec<alsa_seq::Result<()>> {
    vec![
        queue.start(),
        queue.stop(),
        queue.continue_(),
        queue.set_position_tick(1),
        queue.set_position_time(RealTime::new(1, 0).unwrap()),
    ]
}

/// Calls every method that sets the queue. Returns each result with its operation.
fn every_setter(queue: &Queue, timer: QueueTimer) -> Vec<(Operation, alsa_seq::Result<()>)> {
    vec![
        (Operation::SetQueueTempo, queue.set_tempo(Tempo::default())),
        (Operation::SetQueueTempo, queue.set_skew(0x8000)),
        (
            Operation::SetQueueTempo,
            queue.set_quarter(Duration::from_millis(1)),
        ),
        (Operation::SetQueueTimer, queue.set_timer(timer)),
    ]
}

fn every_getter(queue: &Queue) -> Vec<(Operation, alsa_seq::Result<()>)> {
    vec![
        (Operation::QueueInfo, queue.info().map(drop)),
        (Operation::QueueTempo, queue.tempo().map(drop)),
        (Operation::QueueTempo, queue.quarter().map(drop)),
        (Operation::QueueTempo, queue.skew().map(drop)),
        (Operation::QueueTimer, queue.timer().map(drop)),
        (Operation::QueueStatus, queue.status().map(drop)),
    ]
}

/// Calls every method of a queue that was deleted, or whose client was closed.
fn every_call(queue: &Queue, timer: QueueTimer) -> Vec<Error> {
    let orders = every_order(queue).into_iter();
    let setters = every_setter(queue, timer).into_iter();
    let getters = every_getter(queue).into_iter();
    orders
        .chain(setters.chain(getters).map(|(_, result)| result))
        .chain([queue.set_info("x")])
        .map(Result::unwrap_err)
        .collect()
}

/// Returns whether the error is a kernel that is too old for the finer tempo.
fn is_too_old(client: &SequencerClient, error: &Error) -> bool {
    let is_old = client.fd().pversion().unwrap() < 0x1_0004;
    is_old && matches!(error.kind(), ErrorKind::Unsupported { .. })
}

#[test]
fn queues_of_a_closed_client_are_closed() {
    need_sequencer!();
    let client = client("short-lived");
    let queue = client.create_queue("queue").unwrap();
    let timer = queue.timer().unwrap();
    drop(client);
    for error in every_call(&queue, timer) {
        let text = format!("{} {}: client is closed", error.operation(), queue.id());
        assert_error(&error, ErrorKind::Closed, OURS, &text);
        assert_eq!(error.subject(), &Subject::Queue(queue.id()));
    }
    let id = queue.id();
    assert_error(
        &queue.close().unwrap_err(),
        ErrorKind::Closed,
        OURS,
        &format!("delete queue {id}: client is closed"),
    );
}

#[test]
fn calls_on_deleted_queues_fail() {
    need_sequencer!();
    let owner = client("owner");
    let guest = client("guest");
    let queue = queue_of_a_number_of_its_own(&owner);
    let timer = queue.timer().unwrap();
    let gone = guest.queue(&queue).unwrap();
    let id = queue.id();
    drop(queue);
    for error in every_call(&gone, timer) {
        assert_eq!(error.subject(), &Subject::Queue(id));
        if is_too_old(&guest, &error) {
            continue;
        }
        let text = format!("{} {id}: not found (EINVAL)", error.operation());
        assert_error(&error, ErrorKind::NotFound, Errno::EINVAL, &text);
    }
    for (operation, error) in [
        (
            Operation::QueueInfo,
            guest.queue_info(id).map(drop).unwrap_err(),
        ),
        (
            Operation::QueueUsage,
            guest.queue(id).map(drop).unwrap_err(),
        ),
    ] {
        let text = format!("{operation} {id}: not found (EINVAL)");
        assert_error(&error, ErrorKind::NotFound, Errno::EINVAL, &text);
        assert_eq!(error.subject(), &Subject::Queue(id));
    }
    for number in [32, 255] {
        let error = guest.queue(QueueId::new(number)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
}

#[test]
fn wrong_queue_settings_are_refused() {
    need_sequencer!();
    let client = client("owner");
    let queue = client.create_queue(unique("queue")).unwrap();
    let id = queue.id();
    let long = "x".repeat(64);
    for (operation, result) in [
        (
            Operation::CreateQueue,
            client.create_queue(long.as_str()).map(drop),
        ),
        (Operation::FindQueue, client.find_queue(&long).map(drop)),
        (Operation::SetQueueInfo, queue.set_info(long.as_str())),
    ] {
        assert_error(
            &result.unwrap_err(),
            ErrorKind::InvalidInput,
            OURS,
            &format!("{operation}: a name has at most 63 bytes, and no NUL"),
        );
    }
    let error = client.find_queue("no such queue").unwrap_err();
    let text = "find queue \"no such queue\": not found (EINVAL)";
    assert_error(&error, ErrorKind::NotFound, Errno::EINVAL, text);
    assert_eq!(error.subject(), &Subject::Name("no such queue".into()));

    let timer = queue.timer().unwrap();
    for class in [-1, 0, 4] {
        let mut other = timer;
        other.class = class;
        let error = queue.set_timer(other).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(
            error.to_string(),
            format!("timer class {class} is out of range 1..=3")
        );
    }
    assert_eq!(queue.timer().unwrap(), timer);

    queue.start().unwrap();
    let busy = "device or resource busy (EBUSY)";
    assert_error(
        &queue
            .set_tempo(Tempo::default().with_ppq(480).unwrap())
            .unwrap_err(),
        ErrorKind::Busy,
        Errno::EBUSY,
        &format!(
            "set tempo of queue {id}: {busy}; stop the queue before changing its ticks per quarter"
        ),
    );
    assert_error(
        &queue.set_info("name").unwrap_err(),
        ErrorKind::Busy,
        OURS,
        &format!("set info of queue {id}: busy; stop the queue before renaming or locking it"),
    );
}

#[test]
fn locked_queues_of_others_cannot_be_controlled() {
    need_sequencer!();
    let owner = client("owner");
    let guest = client("guest");
    let queue = owner.create_queue("locked").unwrap();
    let foreign = guest.queue(&queue).unwrap();
    let id = queue.id();
    let denied = |operation: Operation, result: alsa_seq::Result<()>| {
        let error = result.unwrap_err();
        if is_too_old(&guest, &error) {
            return;
        }
        assert_error(
            &error,
            ErrorKind::PermissionDenied,
            Errno::EPERM,
            &format!(
                "{operation} {id}: operation not permitted (EPERM); the queue is locked by its \
                 owner"
            ),
        );
        assert_eq!(error.subject(), &Subject::Queue(id));
    };
    for result in every_order(&foreign) {
        denied(Operation::ControlQueue, result);
    }
    for (operation, result) in every_setter(&foreign, queue.timer().unwrap()) {
        denied(operation, result);
    }
    let error = foreign.set_info("mine").unwrap_err();
    assert_error(
        &error,
        ErrorKind::PermissionDenied,
        Errno::EINVAL,
        &format!(
            "set info of queue {id}: permission denied (EINVAL); the queue belongs to another \
             client"
        ),
    );
    assert_eq!(queue.tempo().unwrap(), Tempo::default());
    assert!(!queue.status().unwrap().is_running());
    for (_, result) in every_getter(&foreign) {
        result.unwrap();
    }
    foreign.close().unwrap();
}

/// Any client can make itself the owner of an unlocked queue.
#[test]
fn a_queue_with_a_new_owner_refuses_its_maker() {
    need_sequencer!();
    let maker = client("maker");
    let taker = client("taker");
    let queue = maker
        .create_queue(QueueOptions::new().locked(false))
        .unwrap();
    let id = queue.id();
    let mut raw = abi::info::QueueInfo::zeroed();
    raw.queue = i32::from(id.number());
    maker.fd().get_queue_info(&mut raw).unwrap();
    raw.owner = i32::from(taker.id().number());
    taker.fd().set_queue_info(&raw).unwrap();
    assert_error(
        &queue.close().unwrap_err(),
        ErrorKind::PermissionDenied,
        Errno::EINVAL,
        &format!(
            "delete queue {id}: permission denied (EINVAL); the queue belongs to another client"
        ),
    );
    assert_eq!(maker.queue_info(id).unwrap().owner(), taker.id());

    let lost = queue_of_a_number_of_its_own(&maker);
    raw.queue = i32::from(lost.id().number());
    maker.fd().delete_queue(&raw).unwrap();
    let id = lost.id();
    assert_error(
        &lost.close().unwrap_err(),
        ErrorKind::NotFound,
        Errno::EINVAL,
        &format!("delete queue {id}: not found (EINVAL)"),
    );
}

#[test]
fn a_client_that_only_receives_cannot_control_queues() {
    need_sequencer!();
    let client = ClientOptions::new(unique("listener"))
        .direction(Direction::Input)
        .open()
        .unwrap();
    let queue = client.create_queue("queue").unwrap();
    let id = queue.id();
    for result in every_order(&queue) {
        assert_error(
            &result.unwrap_err(),
            ErrorKind::InvalidInput,
            OURS,
            &format!("control queue {id}: the client was opened for input alone"),
        );
    }
    for (_, result) in every_getter(&queue) {
        result.unwrap();
    }
}

/// The kernel starts such a queue and reports success, but the queue does not move.
#[test]
fn a_queue_without_a_timer_does_not_start() {
    need_sequencer!();
    let client = client("owner");
    let queue = client.create_queue("queue").unwrap();
    let timer = queue.timer().unwrap();
    // A slave of another queue's timer waits for that queue for ever.
    let mut raw = abi::info::QueueTimer::zeroed();
    raw.queue = i32::from(queue.id().number());
    raw.id.dev_class = 0;
    raw.id.dev_sclass = 2;
    client.fd().set_queue_timer(&raw).unwrap();
    for result in [queue.start(), queue.continue_()] {
        assert_error(
            &result.unwrap_err(),
            ErrorKind::Other,
            OURS,
            &format!(
                "control queue {}: the queue does not run: the kernel cannot start its timer",
                queue.id()
            ),
        );
    }
    queue.set_timer(timer).unwrap();
    queue.start().unwrap();
}
