/* libasound, as a C program would use it. The protocol is told in
 * ../protocol/src/lib.rs. */
#include <alsa/asoundlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static volatile unsigned long sink;

static void must(int result, const char *what)
{
	if (result < 0) {
		fprintf(stderr, "libasound: %s: %s\n", what, snd_strerror(result));
		exit(1);
	}
}

static snd_seq_t *client(const char *name)
{
	snd_seq_t *seq;
	must(snd_seq_open(&seq, "default", SND_SEQ_OPEN_DUPLEX, 0), "open");
	must(snd_seq_set_client_name(seq, name), "name");
	return seq;
}

static snd_seq_t *receiver(int *port)
{
	snd_seq_t *seq = client("receiver");
	must(snd_seq_set_client_pool_input(seq, 2000), "pool");
	*port = snd_seq_create_simple_port(seq, "in",
		SND_SEQ_PORT_CAP_WRITE | SND_SEQ_PORT_CAP_SUBS_WRITE,
		SND_SEQ_PORT_TYPE_APPLICATION);
	must(*port, "port");
	return seq;
}

static void note(snd_seq_event_t *ev, int n)
{
	snd_seq_ev_clear(ev);
	snd_seq_ev_set_noteon(ev, 1, n % 100, 100);
	snd_seq_ev_set_direct(ev);
}

static void look(const snd_seq_event_t *ev)
{
	if (ev->type == SND_SEQ_EVENT_NOTEON)
		sink += ev->data.note.note;
}

static void take(snd_seq_t *seq, int events)
{
	while (events-- > 0) {
		snd_seq_event_t *ev;
		must(snd_seq_event_input(seq, &ev), "input");
		look(ev);
	}
}

static long long now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void enumerate(snd_seq_t *seq)
{
	snd_seq_client_info_t *c;
	snd_seq_port_info_t *p;
	snd_seq_client_info_alloca(&c);
	snd_seq_port_info_alloca(&p);
	snd_seq_client_info_set_client(c, -1);
	while (snd_seq_query_next_client(seq, c) >= 0) {
		snd_seq_port_info_set_client(p, snd_seq_client_info_get_client(c));
		snd_seq_port_info_set_port(p, -1);
		while (snd_seq_query_next_port(seq, p) >= 0)
			sink += snd_seq_port_info_get_capability(p);
	}
}

#define MOST 64

static long long answer(const char *workload, int size, int count)
{
	snd_seq_t *s = NULL, *r[MOST] = { 0 };
	int port[MOST], out = 0, queue = 0, receivers = 1, i, k, n;
	long long begun;
	snd_seq_event_t ev;
	unsigned char *bytes = NULL;
	snd_midi_event_t *codec = NULL;

	if (!strcmp(workload, "open")) {
		begun = now();
		for (i = 0; i < count; i++)
			snd_seq_close(client("libasound"));
		return now() - begun;
	}
	if (!strcmp(workload, "enumerate")) {
		s = client("libasound");
		begun = now();
		for (i = 0; i < count; i++)
			enumerate(s);
		begun = now() - begun;
		snd_seq_close(s);
		return begun;
	}
	if (!strcmp(workload, "frombytes")) {
		bytes = malloc(size * 6);
		for (n = k = 0; n < size; n++) {
			if (n % 16 == 15) {
				memcpy(bytes + k, "\xf0\1\2\3\4\xf7", 6);
				k += 6;
			} else if (n % 2 == 0) {
				bytes[k++] = 0x90, bytes[k++] = n % 100, bytes[k++] = 100;
			} else {
				bytes[k++] = n % 100, bytes[k++] = 0;
			}
		}
		must(snd_midi_event_new(256, &codec), "codec");
		begun = now();
		for (i = 0; i < count / size; i++) {
			long at = 0;
			while (at < k) {
				long used = snd_midi_event_encode(codec, bytes + at, k - at, &ev);
				must(used, "encode");
				at += used;
				sink += ev.type;
			}
		}
		begun = now() - begun;
		snd_midi_event_free(codec);
		free(bytes);
		return begun;
	}
	if (!strcmp(workload, "tobytes")) {
		unsigned char buffer[16];
		snd_seq_event_t *events = calloc(size, sizeof(*events));
		for (n = 0; n < size; n++)
			note(&events[n], n);
		must(snd_midi_event_new(256, &codec), "codec");
		snd_midi_event_no_status(codec, 1);
		begun = now();
		for (i = 0; i < count / size; i++)
			for (n = 0; n < size; n++)
				sink += snd_midi_event_decode(codec, buffer, 16, &events[n]);
		begun = now() - begun;
		snd_midi_event_free(codec);
		free(events);
		return begun;
	}

	if (strcmp(workload, "roundtrip") && strcmp(workload, "batch") && strcmp(workload, "send")
	    && strcmp(workload, "onebyone") && strcmp(workload, "fanout")
	    && strcmp(workload, "queue") && strcmp(workload, "sysex"))
		return -1;

	s = client("sender");
	if (!strcmp(workload, "fanout")) {
		receivers = size;
		out = snd_seq_create_simple_port(s, "out",
			SND_SEQ_PORT_CAP_READ | SND_SEQ_PORT_CAP_SUBS_READ,
			SND_SEQ_PORT_TYPE_APPLICATION);
		must(out, "port");
	}
	for (i = 0; i < receivers; i++) {
		r[i] = receiver(&port[i]);
		if (!strcmp(workload, "fanout")) {
			must(snd_seq_connect_to(s, out, snd_seq_client_id(r[i]), port[i]), "connect");
			must(snd_seq_drop_input(r[i]), "drop");
		}
	}
	if (!strcmp(workload, "queue")) {
		queue = snd_seq_alloc_queue(s);
		must(queue, "queue");
		must(snd_seq_start_queue(s, queue, NULL), "start");
		must(snd_seq_drain_output(s), "drain");
	}
	if (!strcmp(workload, "sysex")) {
		must(snd_seq_set_client_pool_output(s, 2000), "pool");
		must(snd_seq_set_output_buffer_size(s, 65536), "buffer");
		must(snd_seq_set_input_buffer_size(r[0], 65536), "buffer");
		bytes = malloc(size);
		memset(bytes, 0x55, size);
	}
	if (!strcmp(workload, "batch"))
		must(snd_seq_set_output_buffer_size(s, 28 * (size < 64 ? 64 : size)), "buffer");
	n = snd_seq_client_id(r[0]);

	begun = now();
	if (!strcmp(workload, "roundtrip")) {
		for (i = 0; i < count; i++) {
			note(&ev, i);
			snd_seq_ev_set_dest(&ev, n, port[0]);
			must(snd_seq_event_output_direct(s, &ev), "output");
			take(r[0], 1);
		}
	} else if (!strcmp(workload, "sysex")) {
		for (i = 0; i < count; i++) {
			snd_seq_ev_clear(&ev);
			snd_seq_ev_set_sysex(&ev, size, bytes);
			snd_seq_ev_set_dest(&ev, n, port[0]);
			snd_seq_ev_set_direct(&ev);
			must(snd_seq_event_output_direct(s, &ev), "output");
			take(r[0], 1);
		}
	} else {
		int fan = !strcmp(workload, "fanout");
		int batch = fan ? 64 : !strcmp(workload, "send") ? 256 : size;
		int due = !strcmp(workload, "queue"), drop = !strcmp(workload, "send");
		for (i = 0; i < count / batch; i++) {
			for (k = 0; k < batch; k++) {
				note(&ev, k);
				if (fan) {
					snd_seq_ev_set_source(&ev, out);
					snd_seq_ev_set_subs(&ev);
				} else {
					snd_seq_ev_set_dest(&ev, n, port[0]);
				}
				if (due)
					snd_seq_ev_schedule_tick(&ev, queue, 0, 0);
				must(snd_seq_event_output(s, &ev), "output");
			}
			must(snd_seq_drain_output(s), "drain");
			for (k = 0; k < receivers; k++) {
				if (drop)
					must(snd_seq_drop_input(r[k]), "drop");
				else
					take(r[k], batch);
			}
		}
	}
	begun = now() - begun;
	free(bytes);
	for (i = 0; i < receivers; i++)
		snd_seq_close(r[i]);
	snd_seq_close(s);
	return begun;
}

int main(int argc, char **argv)
{
	char line[256], workload[64];
	int size, count;

	if (argc == 4) {
		answer(argv[1], atoi(argv[2]), atoi(argv[3]));
		return 0;
	}
	while (fgets(line, sizeof(line), stdin)) {
		long long spent = -1;
		if (sscanf(line, "%63s %d %d", workload, &size, &count) == 3)
			spent = answer(workload, size, count);
		if (spent < 0)
			puts("none");
		else
			printf("%lld\n", spent);
		fflush(stdout);
	}
	return 0;
}
