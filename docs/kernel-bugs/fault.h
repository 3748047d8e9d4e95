/* Lets one allocation or copy of this thread fail, and opens clients. For the programs
 * beside this file. Their kernel has CONFIG_FAULT_INJECTION, FAILSLAB,
 * FAULT_INJECTION_USERCOPY and FAULT_INJECTION_DEBUG_FS, and "N" in
 * /sys/kernel/debug/failslab/ignore-gfp-wait. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <sound/asequencer.h>

static inline void fail(const char *what)
{
    perror(what);
    exit(2);
}

/* The nth from now on; 0 for none. */
static inline void arm(int nth)
{
    char text[16];
    int length = snprintf(text, sizeof text, "%d", nth);
    static int file = -1;

    /* Once: to open it could be the call that fails. */
    if (file < 0)
        file = open("/proc/thread-self/fail-nth", O_WRONLY);
    if (file < 0)
        fail("/proc/thread-self/fail-nth");
    /* To write is a copy, which may be the one that fails. */
    if (write(file, text, length) != length && write(file, text, length) != length)
        fail("fail-nth");
}

static inline int open_client(int *id)
{
    int client = open("/dev/snd/seq", O_RDWR | O_NONBLOCK);

    if (client < 0 || ioctl(client, SNDRV_SEQ_IOCTL_CLIENT_ID, id) < 0)
        fail("/dev/snd/seq");
    return client;
}

static inline int create_port(int client, int id)
{
    struct snd_seq_port_info port = {
        .addr.client = id,
        .name = "port",
        .capability = SNDRV_SEQ_PORT_CAP_READ | SNDRV_SEQ_PORT_CAP_WRITE,
    };

    return ioctl(client, SNDRV_SEQ_IOCTL_CREATE_PORT, &port) < 0 ? -errno : port.addr.port;
}

/* A note, to a port of the client itself. */
static inline struct snd_seq_event note(int id, int key)
{
    struct snd_seq_event event = {
        .type = SNDRV_SEQ_EVENT_NOTEON,
        .queue = SNDRV_SEQ_QUEUE_DIRECT,
        .dest = { .client = id, .port = 0 },
    };

    event.data.note.note = key;
    event.data.note.velocity = 100;
    return event;
}
