/* A read that fails has lost events. Status 0: the kernel has the defect; 1: it has not.
 *
 * No fault is needed: the second page of the buffer may not be written. */
#include <sys/mman.h>

#include "fault.h"

#define EVENTS 3

int main(void)
{
    int id, client = open_client(&id);
    struct snd_seq_event event;
    int left = 0;
    ssize_t length;
    char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (pages == MAP_FAILED || mprotect(pages + 4096, 4096, PROT_NONE) < 0)
        fail("mmap");
    if (create_port(client, id) < 0)
        fail("port");
    for (int key = 60; key < 60 + EVENTS; key++) {
        event = note(id, key);
        if (write(client, &event, sizeof event) != sizeof event)
            fail("write");
    }
    /* There is room for one event before the page that cannot be written. */
    length = read(client, pages + 4096 - sizeof event, EVENTS * sizeof event);
    printf("read: %zd (%s)\n", length, length < 0 ? strerror(errno) : "-");
    if (length > 0)
        return 1;
    while (read(client, &event, sizeof event) == sizeof event) {
        printf("then read: note %d\n", event.data.note.note);
        left++;
    }
    printf("%d of %d events are lost\n", EVENTS - left, EVENTS);
    return left == EVENTS;
}
