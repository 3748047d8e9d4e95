/* The limit: the least system calls, on buffers that are ready. No library can
 * be faster. */
#include <fcntl.h>
#include <pthread.h>
#include <sound/asequencer.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
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

static void subscribe(struct client by, struct snd_seq_addr from, struct snd_seq_addr to)
{
	struct snd_seq_port_subscribe info = { 0 };

	info.sender = from;
	info.dest = to;
	check(!ioctl(by.fd, SNDRV_SEQ_IOCTL_SUBSCRIBE_PORT, &info), "SUBSCRIBE_PORT");
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

/* CLIENTS x PORTS, until standard input ends. */
static void world(int clients, int ports)
{
	for (int i = 0; i < clients; i++) {
		struct client client = client_open("world");

		for (int k = 0; k < ports; k++)
			port_create(client, RW);
	}
	puts("ready");
	fflush(stdout);
	while (getchar() != EOF)
		;
}

/* Runs a program; says its nanoseconds from execve to its end, its peak memory in
 * KiB and how it ended. In C, and with fork: a child counts the memory that it has
 * until it is another program. This one has little, and its child maps less. */
static void spawn(char **argv)
{
	int null = open("/dev/null", O_RDWR), status;
	long long *begun = mmap(NULL, sizeof(*begun), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t child;
	struct rusage usage;

	check(begun != MAP_FAILED, "mmap");
	child = fork();
	if (!child) {
		dup2(null, 0);
		dup2(null, 1);
		*begun = now();
		execvp(argv[0], argv);
		_exit(127);
	}
	check(child > 0, "fork");
	check(wait4(child, &status, 0, &usage) == child, "wait4");
	printf("%lld %ld %d\n", now() - *begun, usage.ru_maxrss,
	       WIFEXITED(status) ? WEXITSTATUS(status) : 255);
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
	} else if (is(workload, "world") && argc > 3)
		world(rounds, atoi(argv[3]));
	else if (is(workload, "spawn"))
		spawn(argv + 2);
	else
		return NOT_APPLICABLE;
	return 0;
}
