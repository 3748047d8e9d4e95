/* The kernel's sequencer by system calls, for the programs in C that use nothing else. */
#include <fcntl.h>
#include <sound/asequencer.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bench.h"

#define EVENT sizeof(struct snd_seq_event)
#define READ (64 * 1024)

#ifndef SNDRV_SEQ_IOCTL_USER_PVERSION
#define SNDRV_SEQ_IOCTL_USER_PVERSION _IOW('S', 0x03, int)
#endif

struct client {
	int fd;
	int id;
};

static struct client client_open(const char *name)
{
	struct snd_seq_client_info info = { 0 };
	struct client client;
	int version;

	client.fd = open("/dev/snd/seq", O_RDWR | O_CLOEXEC);
	check(client.fd >= 0, "open");
	check(!ioctl(client.fd, SNDRV_SEQ_IOCTL_PVERSION, &version), "PVERSION");
	version = SNDRV_SEQ_VERSION;
	/* New in 6.5. */
	ioctl(client.fd, SNDRV_SEQ_IOCTL_USER_PVERSION, &version);
	check(!ioctl(client.fd, SNDRV_SEQ_IOCTL_CLIENT_ID, &client.id), "CLIENT_ID");
	/* All else of a new client is 0. */
	info.client = client.id;
	info.type = USER_CLIENT;
	strcpy(info.name, name);
	check(!ioctl(client.fd, SNDRV_SEQ_IOCTL_SET_CLIENT_INFO, &info), "SET_CLIENT_INFO");
	return client;
}

static int port_create(struct client client, unsigned caps)
{
	struct snd_seq_port_info info = { 0 };

	info.addr.client = client.id;
	strcpy(info.name, "port");
	info.capability = caps;
	info.type = SNDRV_SEQ_PORT_TYPE_MIDI_GENERIC | SNDRV_SEQ_PORT_TYPE_APPLICATION;
	check(!ioctl(client.fd, SNDRV_SEQ_IOCTL_CREATE_PORT, &info), "CREATE_PORT");
	return info.addr.port;
}

static const unsigned RW = SNDRV_SEQ_PORT_CAP_READ | SNDRV_SEQ_PORT_CAP_SUBS_READ |
			   SNDRV_SEQ_PORT_CAP_WRITE | SNDRV_SEQ_PORT_CAP_SUBS_WRITE;

static void input_pool(struct client client, int cells)
{
	struct snd_seq_client_pool pool = { .client = client.id };

	pool.input_pool = cells;
	check(!ioctl(client.fd, SNDRV_SEQ_IOCTL_SET_CLIENT_POOL, &pool), "SET_CLIENT_POOL");
}

__attribute__((unused)) static void subscribe(struct client by, struct snd_seq_addr from, struct snd_seq_addr to)
{
	struct snd_seq_port_subscribe info = { 0 };

	info.sender = from;
	info.dest = to;
	check(!ioctl(by.fd, SNDRV_SEQ_IOCTL_SUBSCRIBE_PORT, &info), "SUBSCRIBE_PORT");
}

__attribute__((unused)) static void unsubscribe(struct client by, struct snd_seq_addr from,
						struct snd_seq_addr to)
{
	struct snd_seq_port_subscribe info = { 0 };

	info.sender = from;
	info.dest = to;
	check(!ioctl(by.fd, SNDRV_SEQ_IOCTL_UNSUBSCRIBE_PORT, &info), "UNSUBSCRIBE_PORT");
}

static struct snd_seq_event note(int key)
{
	struct snd_seq_event event = { 0 };

	event.type = SNDRV_SEQ_EVENT_NOTEON;
	event.queue = SNDRV_SEQ_QUEUE_DIRECT;
	event.data.note.channel = 1;
	event.data.note.note = key;
	event.data.note.velocity = 100;
	return event;
}

static void write_all(int fd, const char *bytes, size_t size)
{
	while (size) {
		ssize_t done = write(fd, bytes, size);

		check(done > 0, "write");
		bytes += done;
		size -= done;
	}
}

/* Reads whatever is there, and sleeps if nothing is. */
static size_t read_some(int fd, char *bytes)
{
	ssize_t done = read(fd, bytes, READ);

	check(done > 0, "read");
	return done;
}

static void read_all(int fd, char *bytes, size_t size)
{
	while (size)
		size -= read_some(fd, bytes);
}

/* Events, one behind the other. */
static char *notes(long count, int client, int port, int queue)
{
	struct snd_seq_event *events = calloc(count, EVENT);

	for (long i = 0; i < count; i++) {
		events[i] = note(i % 128);
		events[i].dest.client = client;
		events[i].dest.port = port;
		events[i].queue = queue;
	}
	return (char *)events;
}

static char buffer[READ];

