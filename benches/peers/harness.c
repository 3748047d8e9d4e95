/* Starts the programs that are measured, and plays the other side. */
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "kernel.h"

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

/* A program that connects to the probe, and ends when it gets a signal. */
struct partner {
	struct client probe;
	int port;
	pid_t child;
	/* Its client that gets the probe's events. */
	int id;
};

static pid_t partner_child;

/* It ended on its own, so nothing more comes from it. */
static void ended(int signal)
{
	int status;

	(void)signal;
	if (waitpid(partner_child, &status, WNOHANG) == partner_child)
		_exit(WIFEXITED(status) && WEXITSTATUS(status) ? WEXITSTATUS(status) : 1);
}

/* Waits for events of the program; says whether one came in this time. */
static int comes(const struct partner *partner, int milliseconds)
{
	struct pollfd poll_for = { .fd = partner->probe.fd, .events = POLLIN };

	return poll(&poll_for, 1, milliseconds) == 1;
}

static int is_same(struct snd_seq_addr one, struct snd_seq_addr other)
{
	return one.client == other.client && one.port == other.port;
}

/* Starts a program, and waits until it has made this many connections with the probe. The
 * argument PROBE becomes the number of the probe's client. */
static struct partner partner_start(char **argv, int connections)
{
	struct partner partner = { .probe = client_open("probe") };
	struct sigaction action = { .sa_handler = ended, .sa_flags = SA_NOCLDSTOP };
	struct snd_seq_addr probe, watch, announcements = { SNDRV_SEQ_CLIENT_SYSTEM,
						     SNDRV_SEQ_PORT_SYSTEM_ANNOUNCE };
	char number[16];

	snprintf(number, sizeof(number), "%d", partner.probe.id);
	for (char **argument = argv; *argument; argument++) {
		if (!strcmp(*argument, "PROBE"))
			*argument = number;
	}
	partner.port = port_create(partner.probe, RW);
	probe.client = partner.probe.id;
	probe.port = partner.port;
	/* The port itself is told before a connection carries events, and others after that. */
	watch.client = partner.probe.id;
	watch.port = port_create(partner.probe, SNDRV_SEQ_PORT_CAP_WRITE);
	input_pool(partner.probe, 2000);
	subscribe(partner.probe, announcements, watch);
	fflush(stdout);
	partner.child = partner_child = fork();
	if (!partner.child) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 0);
		dup2(null, 1);
		execvp(argv[0], argv);
		_exit(127);
	}
	check(partner.child > 0, "fork");
	check(!sigaction(SIGCHLD, &action, NULL), "sigaction");
	ended(0);
	while (connections) {
		size_t size = read_some(partner.probe.fd, buffer);

		for (size_t at = 0; at < size; at += EVENT) {
			struct snd_seq_event *event = (struct snd_seq_event *)(buffer + at);
			const struct snd_seq_connect *made = &event->data.connect;

			if (event->dest.port != watch.port ||
			    event->type != SNDRV_SEQ_EVENT_PORT_SUBSCRIBED)
				continue;
			if (is_same(made->sender, probe))
				partner.id = made->dest.client;
			else if (!is_same(made->dest, probe))
				continue;
			connections--;
		}
	}
	unsubscribe(partner.probe, announcements, watch);
	while (comes(&partner, 0))
		read_some(partner.probe.fd, buffer);
	return partner;
}

/* Ends it, and returns what it used. */
static struct rusage partner_end(struct partner *partner, int with, int *status)
{
	struct rusage usage;

	signal(SIGCHLD, SIG_DFL);
	check(!kill(partner->child, with), "kill");
	check(wait4(partner->child, status, 0, &usage) == partner->child, "wait4");
	return usage;
}

static char *notes_of(const struct partner *partner, long count)
{
	char *events = notes(count, SNDRV_SEQ_ADDRESS_SUBSCRIBERS, SNDRV_SEQ_ADDRESS_UNKNOWN,
			     SNDRV_SEQ_QUEUE_DIRECT);

	for (long i = 0; i < count; i++)
		((struct snd_seq_event *)events)[i].source.port = partner->port;
	return events;
}

/* Nanoseconds from an event's `write` to its return by a program that sends events back. */
static void thru(long rounds, char **argv)
{
	struct partner partner = partner_start(argv, 2);
	char *event = notes_of(&partner, 1);
	int status;

	/* RtMidi and midir drop what comes before their thread runs. */
	do {
		write_all(partner.probe.fd, event, EVENT);
	} while (!comes(&partner, 100));
	while (comes(&partner, 100))
		read_some(partner.probe.fd, buffer);
	MEASURE(rounds, 1, {
		write_all(partner.probe.fd, event, EVENT);
		read_all(partner.probe.fd, buffer, EVENT);
	});
	partner_end(&partner, SIGKILL, &status);
}

static struct snd_seq_client_pool pool_of(const struct partner *partner)
{
	struct snd_seq_client_pool pool = { .client = partner->id };

	check(!ioctl(partner->probe.fd, SNDRV_SEQ_IOCTL_GET_CLIENT_POOL, &pool), "GET_CLIENT_POOL");
	return pool;
}

/* Lets the program run until at most this many events are waiting for it. */
static void let_read(const struct partner *partner, int waiting)
{
	static const struct timespec SHORT = { .tv_nsec = 100000 };
	struct snd_seq_client_pool pool;

	while (pool = pool_of(partner), pool.input_pool - pool.input_free > waiting)
		nanosleep(&SHORT, NULL);
}

/* Lets a program record events; says the nanoseconds of CPU time that it used, its peak memory
 * in KiB and how it ended. None is lost: more are sent only when it has room. */
static void record(long events, char **argv)
{
	enum { AT_ONCE = 50 };
	struct partner partner = partner_start(argv, 1);
	char *bytes = notes_of(&partner, AT_ONCE);
	struct rusage usage;
	int status;

	for (long sent = 0; sent < events; sent += AT_ONCE) {
		let_read(&partner, AT_ONCE);
		write_all(partner.probe.fd, bytes, AT_ONCE * EVENT);
	}
	let_read(&partner, 0);
	usage = partner_end(&partner, SIGINT, &status);
	printf("%lld %ld %d\n",
	       (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000LL +
		       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000LL,
	       usage.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : 255);
}

int main(int argc, char **argv)
{
	const char *workload = argc > 2 ? argv[1] : "";

	if (is(workload, "world") && argc > 3)
		world(atoi(argv[2]), atoi(argv[3]));
	else if (is(workload, "spawn"))
		spawn(argv + 2);
	else if (is(workload, "thru") && argc > 3)
		thru(atol(argv[2]), argv + 3);
	else if (is(workload, "record") && argc > 3)
		record(atol(argv[2]), argv + 3);
	else
		return NOT_APPLICABLE;
	return 0;
}
