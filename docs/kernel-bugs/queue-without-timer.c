/* CREATE_QUEUE succeeds without a timer. Status 0: the kernel has the defect; 1: it has not. */
#include "fault.h"

int main(void)
{
    int seen = 0;

    for (int nth = 1; nth < 20; nth++) {
        int id, client = open_client(&id);
        struct snd_seq_queue_info queue = { .owner = id };
        struct snd_seq_queue_status status = { 0 };
        struct snd_seq_queue_timer timer = { 0 };
        struct snd_seq_event start = {
            .type = SNDRV_SEQ_EVENT_START,
            .queue = SNDRV_SEQ_QUEUE_DIRECT,
            .dest = { .client = SNDRV_SEQ_CLIENT_SYSTEM, .port = SNDRV_SEQ_PORT_SYSTEM_TIMER },
        };
        int created;

        arm(nth);
        created = ioctl(client, SNDRV_SEQ_IOCTL_CREATE_QUEUE, &queue);
        arm(0);
        if (created < 0) {
            close(client);
            continue;
        }
        start.data.queue.queue = status.queue = timer.queue = queue.queue;
        if (write(client, &start, sizeof start) != sizeof start)
            fail("start");
        if (ioctl(client, SNDRV_SEQ_IOCTL_GET_QUEUE_STATUS, &status) < 0)
            fail("status");
        if (!status.running) {
            printf("allocation %d fails: CREATE_QUEUE succeeds, START succeeds, "
                   "the queue does not run\n", nth);
            seen = 1;
            if (ioctl(client, SNDRV_SEQ_IOCTL_GET_QUEUE_TIMER, &timer) < 0 ||
                ioctl(client, SNDRV_SEQ_IOCTL_SET_QUEUE_TIMER, &timer) < 0)
                fail("timer");
            if (write(client, &start, sizeof start) != sizeof start)
                fail("start");
            ioctl(client, SNDRV_SEQ_IOCTL_GET_QUEUE_STATUS, &status);
            printf("after SET_QUEUE_TIMER and START it %s\n",
                   status.running ? "runs" : "does not run either");
        }
        close(client);
    }
    return !seen;
}
