/*
 * One handle in five threads, run on libasound and on ours: one receives, one sends
 * through the buffer, and three send directly and make ioctls. Every event must arrive,
 * only once, and in its sender's order.
 *
 * usage: threads EVENTS
 */
#include <alsa/asoundlib.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

#define SENDERS 4
/* Limit of events between sender and receiver: fewer than the pool has room for. */
#define AHEAD 100

static snd_seq_t *seq;
static int port;
static unsigned int each;
static sem_t room;

static void fail(const char *what, long result)
{
	fprintf(stderr, "%s: %ld\n", what, result);
	exit(1);
}

static void check(const char *what, long result)
{
	if (result < 0)
		fail(what, result);
}

/* The first sender: events wait in the buffer while there is room for more. */
static void send_buffered(snd_seq_event_t *event)
{
	if (sem_trywait(&room) != 0) {
		check("drain", snd_seq_drain_output(seq));
		sem_wait(&room);
	}
	check("output", snd_seq_event_output(seq, event));
}

static void ask(void)
{
	snd_seq_client_info_t *info;

	snd_seq_client_info_alloca(&info);
	check("client info", snd_seq_get_client_info(seq, info));
	check("connect", snd_seq_connect_from(seq, port, 0, 0));
	/* Another sender may have done this before. */
	snd_seq_disconnect_from(seq, port, 0, 0);
}

static void *sender(void *argument)
{
	unsigned int me = *(unsigned int *)argument, number;
	snd_seq_event_t event;

	snd_seq_ev_clear(&event);
	event.type = SND_SEQ_EVENT_USR0;
	snd_seq_ev_set_direct(&event);
	snd_seq_ev_set_source(&event, port);
	snd_seq_ev_set_dest(&event, snd_seq_client_id(seq), port);
	event.data.raw32.d[0] = me;
	for (number = 0; number < each; number++) {
		event.data.raw32.d[1] = number;
		event.data.raw32.d[2] = ~number;
		if (me == 0) {
			send_buffered(&event);
			continue;
		}
		sem_wait(&room);
		check("direct", snd_seq_event_output_direct(seq, &event));
		if (me == 1 && number % 64 == 0)
			ask();
	}
	if (me == 0)
		check("drain", snd_seq_drain_output(seq));
	return NULL;
}

static void *receiver(void *argument)
{
	unsigned int next[SENDERS] = { 0 }, received = 0;

	(void)argument;
	while (received < SENDERS * each) {
		snd_seq_event_t *event;
		const unsigned int *d;

		check("input", snd_seq_event_input(seq, &event));
		if (event->type != SND_SEQ_EVENT_USR0)
			continue; /* of a connection */
		d = event->data.raw32.d;
		if (d[0] >= SENDERS || d[1] != next[d[0]] || d[2] != ~d[1] ||
		    event->dest.port != port)
			fail("this was not the next event", d[1]);
		next[d[0]]++;
		received++;
		sem_post(&room);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[SENDERS + 1];
	unsigned int numbers[SENDERS], i;

	if (argc != 2)
		return 2;
	each = strtoul(argv[1], NULL, 10) / SENDERS;
	check("open", snd_seq_open(&seq, "default", SND_SEQ_OPEN_DUPLEX, 0));
	port = snd_seq_create_simple_port(seq, "port", SND_SEQ_PORT_CAP_WRITE, 0);
	check("port", port);
	sem_init(&room, 0, AHEAD);
	pthread_create(&threads[SENDERS], NULL, receiver, NULL);
	for (i = 0; i < SENDERS; i++) {
		numbers[i] = i;
		pthread_create(&threads[i], NULL, sender, &numbers[i]);
	}
	for (i = 0; i <= SENDERS; i++)
		pthread_join(threads[i], NULL);
	/* No event arrived twice. */
	snd_seq_nonblock(seq, 1);
	for (;;) {
		snd_seq_event_t *event;

		if (snd_seq_event_input(seq, &event) < 0)
			break;
		if (event->type == SND_SEQ_EVENT_USR0)
			fail("an event too many", event->data.raw32.d[1]);
	}
	check("close", snd_seq_close(seq));
	printf("%u events of %d threads have come\n", SENDERS * each, SENDERS);
	return 0;
}
