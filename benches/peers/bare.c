/* The limit: the least system calls, on buffers that are ready. No library can
 * be faster. */
#include <pthread.h>

#include "kernel.h"

static void roundtrip(long rounds)
{
	struct client a = client_open("bare a"), b = client_open("bare b");
	char *there = notes(1, b.id, port_create(b, RW), SNDRV_SEQ_QUEUE_DIRECT);
	char *back = notes(1, a.id, port_create(a, RW), SNDRV_SEQ_QUEUE_DIRECT);

	MEASURE(rounds, 1, {
		write_all(a.fd, there, EVENT);
		read_all(b.fd, buffer, EVENT);
		write_all(b.fd, back, EVENT);
		read_all(a.fd, buffer, EVENT);
	});
}

static void batch(long rounds, long size)
{
	struct client from = client_open("bare from"), to = client_open("bare to");
	char *events;

	input_pool(to, 2000);
	events = notes(size, to.id, port_create(to, RW), SNDRV_SEQ_QUEUE_DIRECT);
	MEASURE(rounds, size, {
		write_all(from.fd, events, size * EVENT);
		read_all(to.fd, buffer, size * EVENT);
	});
}

static void fanout(long rounds, long size)
{
	enum { EVENTS = 16 };
	struct client from = client_open("bare from"), to[32];
	struct snd_seq_addr source = { from.id, port_create(from, RW) };
	char *events = notes(EVENTS, SNDRV_SEQ_ADDRESS_SUBSCRIBERS,
			     SNDRV_SEQ_ADDRESS_UNKNOWN, SNDRV_SEQ_QUEUE_DIRECT);

	for (long i = 0; i < EVENTS; i++)
		((struct snd_seq_event *)events)[i].source.port = source.port;
	for (long i = 0; i < size; i++) {
		struct snd_seq_addr dest;

		to[i] = client_open("bare to");
		dest.client = to[i].id;
		dest.port = port_create(to[i], RW);
		subscribe(from, source, dest);
		/* Tells that it was connected. */
		read_all(to[i].fd, buffer, EVENT);
	}
	MEASURE(rounds, size * EVENTS, {
		write_all(from.fd, events, EVENTS * EVENT);
		for (long k = 0; k < size; k++)
			read_all(to[k].fd, buffer, EVENTS * EVENT);
	});
}

static void queue(long rounds, long size)
{
	struct client from = client_open("bare from"), to = client_open("bare to");
	struct snd_seq_queue_info info = { .owner = from.id, .locked = 1 };
	struct snd_seq_event start = { .type = SNDRV_SEQ_EVENT_START,
				       .queue = SNDRV_SEQ_QUEUE_DIRECT };
	char *events;

	input_pool(to, 2000);
	check(!ioctl(from.fd, SNDRV_SEQ_IOCTL_CREATE_QUEUE, &info), "CREATE_QUEUE");
	start.dest.client = SNDRV_SEQ_CLIENT_SYSTEM;
	start.dest.port = SNDRV_SEQ_PORT_SYSTEM_TIMER;
	start.data.queue.queue = info.queue;
	write_all(from.fd, (char *)&start, EVENT);
	events = notes(size, to.id, port_create(to, RW), info.queue);
	MEASURE(rounds, size, {
		write_all(from.fd, events, size * EVENT);
		read_all(to.fd, buffer, size * EVENT);
	});
}

/* A message of this size, in pieces of at most 16 KiB, each read before the
 * next is sent. */
static void sysex(long rounds, long size)
{
	enum { PIECE = 16 * 1024 };
	struct client from = client_open("bare from"), to = client_open("bare to");
	int port = port_create(to, RW);
	long pieces = (size + PIECE - 1) / PIECE;
	char **ready = calloc(pieces, sizeof(char *));
	size_t *sizes = calloc(pieces, sizeof(size_t));

	input_pool(to, 2000);
	for (long i = 0; i < pieces; i++) {
		size_t data = i + 1 < pieces ? PIECE : size - i * PIECE;
		struct snd_seq_event *event;

		sizes[i] = EVENT + data;
		ready[i] = malloc(sizes[i]);
		memset(ready[i], 0x55, sizes[i]);
		event = (struct snd_seq_event *)ready[i];
		memset(event, 0, EVENT);
		event->type = SNDRV_SEQ_EVENT_SYSEX;
		event->flags = SNDRV_SEQ_EVENT_LENGTH_VARIABLE;
		event->queue = SNDRV_SEQ_QUEUE_DIRECT;
		event->dest.client = to.id;
		event->dest.port = port;
		event->data.ext.len = data;
	}
	ready[0][EVENT] = 0xf0;
	ready[pieces - 1][sizes[pieces - 1] - 1] = 0xf7;
	MEASURE(rounds, 1, {
		for (long k = 0; k < pieces; k++) {
			write_all(from.fd, ready[k], sizes[k]);
			read_some(to.fd, buffer);
		}
	});
}

static long look_around(struct client client)
{
	struct snd_seq_client_info info = { .client = -1 };
	long found = 0;

	while (!ioctl(client.fd, SNDRV_SEQ_IOCTL_QUERY_NEXT_CLIENT, &info)) {
		struct snd_seq_port_info port = { 0 };

		port.addr.client = info.client;
		/* Of a char; the kernel takes the next. */
		port.addr.port = -1;
		while (!ioctl(client.fd, SNDRV_SEQ_IOCTL_QUERY_NEXT_PORT, &port))
			found++;
	}
	return found;
}

/* The events of a full buffer, without a kernel. */
static void decode(long rounds)
{
	enum { EVENTS = READ / sizeof(struct snd_seq_event) };
	struct snd_seq_event *events = (struct snd_seq_event *)notes(EVENTS, 1, 0, 253);
	volatile unsigned long total = 0;

	MEASURE(rounds, EVENTS, {
		unsigned long sum = 0;

		for (int k = 0; k < EVENTS; k++) {
			if (events[k].type == SNDRV_SEQ_EVENT_NOTEON)
				sum += events[k].data.note.note;
		}
		total += sum;
	});
}

static void encode(long rounds)
{
	enum { EVENTS = READ / sizeof(struct snd_seq_event) };
	struct snd_seq_event *events = calloc(EVENTS, EVENT);

	MEASURE(rounds, EVENTS, {
		for (int k = 0; k < EVENTS; k++) {
			events[k] = note(k & 127);
			events[k].dest.client = 128;
		}
		__asm__ volatile("" : : "r"(events) : "memory");
	});
}

/* Four at once: 64 events there, one back. */
enum { PAIRS = 4, WINDOW = 64 };

struct pair {
	struct client from, to;
	char *events, *answer;
	long rounds;
};

static void *writer(void *arg)
{
	struct pair *pair = arg;
	char *room = malloc(READ);

	for (long i = 0; i < pair->rounds; i++) {
		write_all(pair->from.fd, pair->events, WINDOW * EVENT);
		read_all(pair->from.fd, room, EVENT);
	}
	free(room);
	return NULL;
}

static void *reader(void *arg)
{
	struct pair *pair = arg;
	char *room = malloc(READ);

	for (long i = 0; i < pair->rounds; i++) {
		read_all(pair->to.fd, room, WINDOW * EVENT);
		write_all(pair->to.fd, pair->answer, EVENT);
	}
	free(room);
	return NULL;
}

static void four(long rounds)
{
	struct pair pairs[PAIRS];
	pthread_t threads[2 * PAIRS];

	for (int i = 0; i < PAIRS; i++) {
		struct pair *pair = &pairs[i];

		pair->from = client_open("bare from");
		pair->to = client_open("bare to");
		pair->events = notes(WINDOW, pair->to.id, port_create(pair->to, RW), 253);
		pair->answer = notes(1, pair->from.id, port_create(pair->from, RW), 253);
	}
	for (int turn = 0; turn < 2; turn++) {
		long long begun = now();

		for (int i = 0; i < PAIRS; i++) {
			pairs[i].rounds = turn ? rounds : WARM_UP;
			pthread_create(&threads[2 * i], NULL, reader, &pairs[i]);
			pthread_create(&threads[2 * i + 1], NULL, writer, &pairs[i]);
		}
		for (int i = 0; i < 2 * PAIRS; i++)
			pthread_join(threads[i], NULL);
		if (turn)
			printf("%lld %ld\n", now() - begun, rounds * PAIRS * WINDOW);
	}
}

/* Sends the events of the probe back to it. */
static void thru(int probe)
{
	struct client client = client_open("bare");
	struct snd_seq_addr there = { probe, 0 }, here = { client.id, port_create(client, RW) };

	subscribe(client, there, here);
	subscribe(client, here, there);
	for (;;) {
		size_t size = read_some(client.fd, buffer);

		for (size_t at = 0; at < size; at += EVENT) {
			struct snd_seq_event *event = (struct snd_seq_event *)(buffer + at);

			event->dest.client = SNDRV_SEQ_ADDRESS_SUBSCRIBERS;
			event->source.port = here.port;
		}
		write_all(client.fd, buffer, size);
	}
}

int main(int argc, char **argv)
{
	const char *workload = argc > 2 ? argv[1] : "";
	long rounds = argc > 2 ? atol(argv[2]) : 0;

	if (is(workload, "open"))
		MEASURE(rounds, 1, close(client_open("bare").fd));
	else if (is(workload, "enumerate")) {
		struct client client = client_open("bare");
		volatile long found;

		MEASURE(rounds, 1, found = look_around(client));
		(void)found;
	} else if (is(workload, "roundtrip"))
		roundtrip(rounds);
	else if (is(workload, "batch"))
		batch(rounds, number_of(workload));
	else if (is(workload, "fanout"))
		fanout(rounds, number_of(workload));
	else if (is(workload, "queue"))
		queue(rounds, number_of(workload));
	else if (is(workload, "sysex"))
		sysex(rounds, number_of(workload));
	else if (is(workload, "decode"))
		decode(rounds);
	else if (is(workload, "encode"))
		encode(rounds);
	else if (is(workload, "four"))
		four(rounds);
	else if (is(workload, "first")) {
		struct client client = client_open("bare");
		char *event = notes(1, 14, 0, SNDRV_SEQ_QUEUE_DIRECT);

		((struct snd_seq_event *)event)->source.port = port_create(client, RW);
		write_all(client.fd, event, EVENT);
	} else if (is(workload, "thru"))
		thru(rounds);
	else
		return NOT_APPLICABLE;
	return 0;
}
