/* libasound, used as its documentation says. */
#include <alsa/asoundlib.h>
#include <pthread.h>

#include "bench.h"

static const unsigned RW = SND_SEQ_PORT_CAP_READ | SND_SEQ_PORT_CAP_SUBS_READ |
			   SND_SEQ_PORT_CAP_WRITE | SND_SEQ_PORT_CAP_SUBS_WRITE;

static void must(int result, const char *what)
{
	if (result < 0) {
		fprintf(stderr, "%s: %s\n", what, snd_strerror(result));
		exit(1);
	}
}

static snd_seq_t *client_open(const char *name)
{
	snd_seq_t *seq;

	must(snd_seq_open(&seq, "default", SND_SEQ_OPEN_DUPLEX, 0), "open");
	must(snd_seq_set_client_name(seq, name), "name");
	return seq;
}

static int port_create(snd_seq_t *seq)
{
	int port = snd_seq_create_simple_port(seq, "port", RW,
					      SND_SEQ_PORT_TYPE_MIDI_GENERIC |
						      SND_SEQ_PORT_TYPE_APPLICATION);

	must(port, "port");
	return port;
}

static void send_note(snd_seq_t *seq, int client, int port, int key)
{
	snd_seq_event_t event;

	snd_seq_ev_clear(&event);
	snd_seq_ev_set_noteon(&event, 1, key & 127, 100);
	snd_seq_ev_set_dest(&event, client, port);
	snd_seq_ev_set_direct(&event);
	must(snd_seq_event_output(seq, &event), "output");
}

static unsigned long sum;

static void receive(snd_seq_t *seq, long count)
{
	for (long i = 0; i < count; i++) {
		snd_seq_event_t *event;

		must(snd_seq_event_input(seq, &event), "input");
		if (event->type == SND_SEQ_EVENT_NOTEON)
			sum += event->data.note.note;
	}
}

static void roundtrip(long rounds)
{
	snd_seq_t *a = client_open("c a"), *b = client_open("c b");
	int a_id = snd_seq_client_id(a), a_port = port_create(a);
	int b_id = snd_seq_client_id(b), b_port = port_create(b);

	MEASURE(rounds, 1, {
		send_note(a, b_id, b_port, i);
		must(snd_seq_drain_output(a), "drain");
		receive(b, 1);
		send_note(b, a_id, a_port, i);
		must(snd_seq_drain_output(b), "drain");
		receive(a, 1);
	});
}

static void batch(long rounds, long size)
{
	snd_seq_t *from = client_open("c from"), *to = client_open("c to");
	int id = snd_seq_client_id(to), port = port_create(to);

	must(snd_seq_set_client_pool_input(to, 2000), "pool");
	must(snd_seq_set_output_buffer_size(from, 64 * 1024), "buffer");
	must(snd_seq_set_input_buffer_size(to, 64 * 1024), "buffer");
	MEASURE(rounds, size, {
		for (long k = 0; k < size; k++)
			send_note(from, id, port, k);
		must(snd_seq_drain_output(from), "drain");
		receive(to, size);
	});
}

/* Sends alone; what arrives is dropped. */
static void send_only(long rounds, long size)
{
	snd_seq_t *from = client_open("c from"), *to = client_open("c to");
	int id = snd_seq_client_id(to), port = port_create(to);

	must(snd_seq_set_client_pool_input(to, 2000), "pool");
	MEASURE(rounds, size, {
		for (long k = 0; k < size; k++)
			send_note(from, id, port, k);
		must(snd_seq_drain_output(from), "drain");
		must(snd_seq_drop_input(to), "drop");
	});
}

static void fanout(long rounds, long size)
{
	enum { EVENTS = 16 };
	snd_seq_t *from = client_open("c from"), *to[32];
	int source = port_create(from);

	for (long i = 0; i < size; i++) {
		to[i] = client_open("c to");
		must(snd_seq_connect_to(from, source, snd_seq_client_id(to[i]),
					port_create(to[i])), "connect");
		receive(to[i], 1);
	}
	MEASURE(rounds, size * EVENTS, {
		for (long k = 0; k < EVENTS; k++) {
			snd_seq_event_t event;

			snd_seq_ev_clear(&event);
			snd_seq_ev_set_noteon(&event, 1, k & 127, 100);
			snd_seq_ev_set_source(&event, source);
			snd_seq_ev_set_subs(&event);
			snd_seq_ev_set_direct(&event);
			must(snd_seq_event_output(from, &event), "output");
		}
		must(snd_seq_drain_output(from), "drain");
		for (long k = 0; k < size; k++)
			receive(to[k], EVENTS);
	});
}

static void queue(long rounds, long size)
{
	snd_seq_t *from = client_open("c from"), *to = client_open("c to");
	int id = snd_seq_client_id(to), port = port_create(to);
	int queue = snd_seq_alloc_queue(from);

	must(queue, "queue");
	must(snd_seq_set_client_pool_input(to, 2000), "pool");
	must(snd_seq_start_queue(from, queue, NULL), "start");
	must(snd_seq_drain_output(from), "drain");
	MEASURE(rounds, size, {
		for (long k = 0; k < size; k++) {
			snd_seq_event_t event;

			snd_seq_ev_clear(&event);
			snd_seq_ev_set_noteon(&event, 1, k & 127, 100);
			snd_seq_ev_set_dest(&event, id, port);
			snd_seq_ev_schedule_tick(&event, queue, 0, 0);
			must(snd_seq_event_output(from, &event), "output");
		}
		must(snd_seq_drain_output(from), "drain");
		receive(to, size);
	});
}

static void sysex(long rounds, long size)
{
	enum { PIECE = 16 * 1024 };
	snd_seq_t *from = client_open("c from"), *to = client_open("c to");
	int id = snd_seq_client_id(to), port = port_create(to);
	unsigned char *message = malloc(size);

	memset(message, 0x55, size);
	message[0] = 0xf0;
	message[size - 1] = 0xf7;
	must(snd_seq_set_client_pool_input(to, 2000), "pool");
	must(snd_seq_set_input_buffer_size(to, 64 * 1024), "buffer");
	MEASURE(rounds, 1, {
		for (long at = 0; at < size; at += PIECE) {
			snd_seq_event_t event;
			snd_seq_event_t *got;

			snd_seq_ev_clear(&event);
			snd_seq_ev_set_sysex(&event, at + PIECE < size ? PIECE : size - at,
					     message + at);
			snd_seq_ev_set_dest(&event, id, port);
			snd_seq_ev_set_direct(&event);
			must(snd_seq_event_output_direct(from, &event), "output");
			must(snd_seq_event_input(to, &got), "input");
			sum += got->data.ext.len;
		}
	});
}

static long look_around(snd_seq_t *seq)
{
	snd_seq_client_info_t *client;
	snd_seq_port_info_t *port;
	long found = 0;

	snd_seq_client_info_alloca(&client);
	snd_seq_port_info_alloca(&port);
	snd_seq_client_info_set_client(client, -1);
	while (snd_seq_query_next_client(seq, client) >= 0) {
		snd_seq_port_info_set_client(port, snd_seq_client_info_get_client(client));
		snd_seq_port_info_set_port(port, -1);
		while (snd_seq_query_next_port(seq, port) >= 0)
			found++;
	}
	return found;
}

/* 128 messages of three bytes. */
enum { MESSAGES = 128 };

static void bytes_in(long rounds)
{
	unsigned char bytes[3 * MESSAGES];
	snd_midi_event_t *parser;

	for (int i = 0; i < MESSAGES; i++) {
		bytes[3 * i] = 0x90;
		bytes[3 * i + 1] = i;
		bytes[3 * i + 2] = 100;
	}
	must(snd_midi_event_new(256, &parser), "parser");
	MEASURE(rounds, MESSAGES, {
		long at = 0;

		while (at < (long)sizeof(bytes)) {
			snd_seq_event_t event;
			long used = snd_midi_event_encode(parser, bytes + at,
							  sizeof(bytes) - at, &event);

			must(used, "parse");
			at += used;
			if (event.type == SND_SEQ_EVENT_NOTEON)
				sum += event.data.note.note;
		}
	});
}

static void bytes_out(long rounds)
{
	snd_midi_event_t *encoder;
	snd_seq_event_t events[MESSAGES];

	for (int i = 0; i < MESSAGES; i++) {
		snd_seq_ev_clear(&events[i]);
		snd_seq_ev_set_noteon(&events[i], 0, i, 100);
	}
	must(snd_midi_event_new(256, &encoder), "encoder");
	snd_midi_event_no_status(encoder, 1);
	MEASURE(rounds, MESSAGES, {
		for (int k = 0; k < MESSAGES; k++) {
			unsigned char bytes[12];
			long length = snd_midi_event_decode(encoder, bytes, sizeof(bytes),
							    &events[k]);

			must(length, "encode");
			sum += bytes[1];
		}
	});
}

enum { PAIRS = 4, WINDOW = 64 };

struct pair {
	snd_seq_t *from, *to;
	int from_port, to_port;
	long rounds;
};

static void take(snd_seq_t *seq, long count)
{
	while (count--) {
		snd_seq_event_t *event;

		must(snd_seq_event_input(seq, &event), "input");
	}
}

static void *writer(void *arg)
{
	struct pair *pair = arg;
	int to = snd_seq_client_id(pair->to);

	for (long i = 0; i < pair->rounds; i++) {
		for (long k = 0; k < WINDOW; k++)
			send_note(pair->from, to, pair->to_port, k);
		must(snd_seq_drain_output(pair->from), "drain");
		take(pair->from, 1);
	}
	return NULL;
}

static void *reader(void *arg)
{
	struct pair *pair = arg;
	int to = snd_seq_client_id(pair->from);

	for (long i = 0; i < pair->rounds; i++) {
		take(pair->to, WINDOW);
		send_note(pair->to, to, pair->from_port, 0);
		must(snd_seq_drain_output(pair->to), "drain");
	}
	return NULL;
}

static void four(long rounds)
{
	struct pair pairs[PAIRS];
	pthread_t threads[2 * PAIRS];

	for (int i = 0; i < PAIRS; i++) {
		pairs[i].from = client_open("c from");
		pairs[i].to = client_open("c to");
		pairs[i].from_port = port_create(pairs[i].from);
		pairs[i].to_port = port_create(pairs[i].to);
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
	snd_seq_t *seq = client_open("c");
	int port = port_create(seq);

	must(snd_seq_connect_from(seq, port, probe, 0), "connect");
	must(snd_seq_connect_to(seq, port, probe, 0), "connect");
	for (;;) {
		snd_seq_event_t *event;

		must(snd_seq_event_input(seq, &event), "input");
		snd_seq_ev_set_source(event, port);
		snd_seq_ev_set_subs(event);
		snd_seq_ev_set_direct(event);
		must(snd_seq_event_output(seq, event), "output");
		must(snd_seq_drain_output(seq), "drain");
	}
}

int main(int argc, char **argv)
{
	const char *workload = argc > 2 ? argv[1] : "";
	long rounds = argc > 2 ? atol(argv[2]) : 0;

	if (is(workload, "open"))
		MEASURE(rounds, 1, must(snd_seq_close(client_open("c")), "close"));
	else if (is(workload, "enumerate")) {
		snd_seq_t *seq = client_open("c");

		MEASURE(rounds, 1, sum += look_around(seq));
	} else if (is(workload, "roundtrip"))
		roundtrip(rounds);
	else if (is(workload, "batch"))
		batch(rounds, number_of(workload));
	else if (is(workload, "send"))
		send_only(rounds, number_of(workload));
	else if (is(workload, "fanout"))
		fanout(rounds, number_of(workload));
	else if (is(workload, "queue"))
		queue(rounds, number_of(workload));
	else if (is(workload, "sysex"))
		sysex(rounds, number_of(workload));
	else if (is(workload, "bytes-in"))
		bytes_in(rounds);
	else if (is(workload, "bytes-out"))
		bytes_out(rounds);
	else if (is(workload, "four"))
		four(rounds);
	else if (is(workload, "thru"))
		thru(rounds);
	else if (is(workload, "first")) {
		snd_seq_t *seq = client_open("c");

		port_create(seq);
		send_note(seq, 14, 0, 60);
		must(snd_seq_drain_output(seq), "drain");
	} else
		return NOT_APPLICABLE;
	return sum == 1 ? 1 : 0;
}
