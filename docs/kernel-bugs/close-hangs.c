/* A close that never returns, and with it all that opens or closes the sequencer. Status 0:
 * the kernel has the defect; 1: it has not. THE SEQUENCER IS UNUSABLE AFTERWARDS, until the
 * machine is started again. No fault is needed. */
#include <signal.h>
#include <sys/wait.h>

#include "fault.h"

/* Whether a child ends within two seconds. */
static int ends(pid_t child)
{
    for (int tenths = 0; tenths < 20; tenths++) {
        if (waitpid(child, NULL, WNOHANG) == child)
            return 1;
        usleep(100000);
    }
    return 0;
}

static int story(void)
{
    int owner_id, owner = open_client(&owner_id);
    struct snd_seq_queue_info queue = { .owner = owner_id };
    pid_t guest, opener;
    int ready[2];
    char byte;

    if (ioctl(owner, SNDRV_SEQ_IOCTL_CREATE_QUEUE, &queue) < 0 || pipe(ready) < 0)
        fail("queue");
    guest = fork();
    if (guest == 0) {
        int id, client = open_client(&id);
        struct snd_seq_queue_client use = { .queue = queue.queue, .client = id, .used = 1 };
        struct snd_seq_event event = note(SNDRV_SEQ_CLIENT_DUMMY, 60);

        if (ioctl(client, SNDRV_SEQ_IOCTL_SET_QUEUE_CLIENT, &use) < 0)
            fail("use the queue");
        event.queue = queue.queue;
        event.time.tick = 1000000;
        if (write(client, &event, sizeof event) != sizeof event)
            fail("schedule");
        use.used = 0;
        if (ioctl(client, SNDRV_SEQ_IOCTL_SET_QUEUE_CLIENT, &use) < 0)
            fail("use it no more");
        if (write(ready[1], "", 1) != 1)
            fail("pipe");
        close(client);
        _exit(0);
    }
    if (read(ready[0], &byte, 1) != 1)
        fail("pipe");
    if (ends(guest)) {
        printf("the close returns\n");
        return 1;
    }
    printf("the close does not return\n");
    opener = fork();
    if (opener == 0) {
        close(open("/dev/snd/seq", O_RDWR));
        _exit(0);
    }
    printf("another program's open %s\n", ends(opener) ? "returns" : "does not return either");
    kill(guest, SIGKILL);
    printf("after SIGKILL the first is %s\n", ends(guest) ? "gone" : "still there");
    return 0;
}

/* The story is another process's: who has a client cannot end afterwards. */
int main(void)
{
    int told[2];
    unsigned char status = 2;

    setvbuf(stdout, NULL, _IONBF, 0);
    if (pipe(told) < 0)
        fail("pipe");
    if (fork() == 0) {
        status = story();
        _exit(write(told[1], &status, 1) != 1);
    }
    close(told[1]);
    if (read(told[0], &status, 1) != 1)
        return 2;
    return status;
}
