/* CREATE_PORT and CREATE_QUEUE fail with EFAULT and have made what they should. Status 0: the
 * kernel has the defect; 1: it has not.
 *
 * Without faults it is shown, too: the page of the argument may be read, and not written. */
#include <sys/mman.h>

#include "fault.h"

int main(void)
{
    int id, client = open_client(&id);
    struct snd_seq_client_info info = { .client = id };
    struct snd_seq_system_info before = { 0 }, after = { 0 };
    struct snd_seq_port_info *port;
    struct snd_seq_queue_info *queue;
    char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (page == MAP_FAILED)
        fail("mmap");
    port = (void *)page;
    port->addr.client = id;
    queue = (void *)(page + 2048);
    queue->owner = id;
    if (mprotect(page, 4096, PROT_READ) < 0)
        fail("mprotect");
    if (ioctl(client, SNDRV_SEQ_IOCTL_CREATE_PORT, port) >= 0 || errno != EFAULT)
        fail("CREATE_PORT does not fail");
    ioctl(client, SNDRV_SEQ_IOCTL_GET_CLIENT_INFO, &info);
    ioctl(client, SNDRV_SEQ_IOCTL_SYSTEM_INFO, &before);
    if (ioctl(client, SNDRV_SEQ_IOCTL_CREATE_QUEUE, queue) >= 0 || errno != EFAULT)
        fail("CREATE_QUEUE does not fail");
    ioctl(client, SNDRV_SEQ_IOCTL_SYSTEM_INFO, &after);
    printf("CREATE_PORT: EFAULT, and there are %d ports more\n", info.num_ports);
    printf("CREATE_QUEUE: EFAULT, and there are %d queues more\n",
           after.cur_queues - before.cur_queues);
    return !(info.num_ports == 1 && after.cur_queues == before.cur_queues + 1);
}
