/* A client made with libasound. It carries out the requests of a Rust test;
 * libasound.rs builds it.
 *
 * An event is written as a row: the number of its type, and the numbers in its
 * data as libasound's structs name them; bytes in hexadecimal after an x.
 *
 * Requests and answers are lines:
 *   send CLIENT PORT TAG ROW   sends the event at once       ok | error ERRNO
 *   receive                    waits for the next event      CLIENT PORT TAG ROW
 *   record ROW                 the struct of a row           xBYTES
 *   row xBYTES                 the row of a struct           ROW
 * The first line contains the client's number and its port's number.
 */
#include <alsa/asoundlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 65536

static unsigned char data[LINE_MAX_BYTES / 2];

static void die(const char *what)
{
	fprintf(stderr, "%s\n", what);
	exit(1);
}

/* Returns the next number of the request. */
static long number(void)
{
	const char *word = strtok(NULL, " \n");
	char *end;
	long value;

	if (!word)
		die("a number is missing");
	value = strtol(word, &end, 10);
	if (*end)
		die("not a number");
	return value;
}

/* Reads the next bytes of the request into `data`. */
static size_t bytes(void)
{
	const char *word = strtok(NULL, " \n");
	size_t size = 0;

	if (!word || *word++ != 'x')
		die("bytes are missing");
	for (; word[0] && word[1]; word += 2) {
		unsigned int byte;

		if (sscanf(word, "%2x", &byte) != 1)
			die("not a byte");
		data[size++] = byte;
	}
	return size;
}

/* Stores the next number of the request, or prints the stored number. */
#define FIELD(place) do { \
	if (out) \
		printf(" %ld", (long)(place)); \
	else \
		(place) = number(); \
} while (0)

static void print_bytes(const void *from, size_t size)
{
	const unsigned char *at = from;

	printf("x");
	while (size-- > 0)
		printf("%02x", *at++);
}

/* Reads or prints the data of an event of this type. */
static void fields(snd_seq_event_t *ev, int out)
{
	switch (ev->type) {
	case SND_SEQ_EVENT_SYSTEM:
	case SND_SEQ_EVENT_RESULT:
		FIELD(ev->data.result.event);
		FIELD(ev->data.result.result);
		break;
	case SND_SEQ_EVENT_NOTE:
		FIELD(ev->data.note.channel);
		FIELD(ev->data.note.note);
		FIELD(ev->data.note.velocity);
		FIELD(ev->data.note.off_velocity);
		FIELD(ev->data.note.duration);
		break;
	case SND_SEQ_EVENT_NOTEON:
	case SND_SEQ_EVENT_NOTEOFF:
	case SND_SEQ_EVENT_KEYPRESS:
		FIELD(ev->data.note.channel);
		FIELD(ev->data.note.note);
		FIELD(ev->data.note.velocity);
		break;
	case SND_SEQ_EVENT_CONTROLLER:
	case SND_SEQ_EVENT_CONTROL14:
	case SND_SEQ_EVENT_NONREGPARAM:
	case SND_SEQ_EVENT_REGPARAM:
		FIELD(ev->data.control.channel);
		FIELD(ev->data.control.param);
		FIELD(ev->data.control.value);
		break;
	case SND_SEQ_EVENT_PGMCHANGE:
	case SND_SEQ_EVENT_CHANPRESS:
	case SND_SEQ_EVENT_PITCHBEND:
		FIELD(ev->data.control.channel);
		FIELD(ev->data.control.value);
		break;
	case SND_SEQ_EVENT_SONGPOS:
	case SND_SEQ_EVENT_SONGSEL:
	case SND_SEQ_EVENT_QFRAME:
	case SND_SEQ_EVENT_TIMESIGN:
	case SND_SEQ_EVENT_KEYSIGN:
		FIELD(ev->data.control.value);
		break;
	case SND_SEQ_EVENT_START:
	case SND_SEQ_EVENT_CONTINUE:
	case SND_SEQ_EVENT_STOP:
	case SND_SEQ_EVENT_CLOCK:
	case SND_SEQ_EVENT_TICK:
		FIELD(ev->data.queue.queue);
		break;
	case SND_SEQ_EVENT_SETPOS_TICK:
		FIELD(ev->data.queue.queue);
		FIELD(ev->data.queue.param.time.tick);
		break;
	case SND_SEQ_EVENT_SETPOS_TIME:
		FIELD(ev->data.queue.queue);
		FIELD(ev->data.queue.param.time.time.tv_sec);
		FIELD(ev->data.queue.param.time.time.tv_nsec);
		break;
	case SND_SEQ_EVENT_TEMPO:
		FIELD(ev->data.queue.queue);
		FIELD(ev->data.queue.param.value);
		break;
	case SND_SEQ_EVENT_QUEUE_SKEW:
		FIELD(ev->data.queue.queue);
		FIELD(ev->data.queue.param.skew.value);
		FIELD(ev->data.queue.param.skew.base);
		break;
	case SND_SEQ_EVENT_SYNC_POS:
		FIELD(ev->data.queue.queue);
		FIELD(ev->data.queue.param.position);
		break;
	case SND_SEQ_EVENT_TUNE_REQUEST:
	case SND_SEQ_EVENT_RESET:
	case SND_SEQ_EVENT_SENSING:
	case SND_SEQ_EVENT_NONE:
		break;
	case SND_SEQ_EVENT_CLIENT_START:
	case SND_SEQ_EVENT_CLIENT_EXIT:
	case SND_SEQ_EVENT_CLIENT_CHANGE:
		FIELD(ev->data.addr.client);
		break;
	case SND_SEQ_EVENT_PORT_START:
	case SND_SEQ_EVENT_PORT_EXIT:
	case SND_SEQ_EVENT_PORT_CHANGE:
		FIELD(ev->data.addr.client);
		FIELD(ev->data.addr.port);
		break;
	case SND_SEQ_EVENT_PORT_SUBSCRIBED:
	case SND_SEQ_EVENT_PORT_UNSUBSCRIBED:
		FIELD(ev->data.connect.sender.client);
		FIELD(ev->data.connect.sender.port);
		FIELD(ev->data.connect.dest.client);
		FIELD(ev->data.connect.dest.port);
		break;
	default:
		/* Echo, OSS, user 0 to 9; and types without a name in this libasound. */
		if (snd_seq_ev_is_variable(ev)) {
			putchar(' ');
			print_bytes(ev->data.ext.ptr, ev->data.ext.len);
		} else if (out) {
			putchar(' ');
			print_bytes(ev->data.raw8.d, sizeof(ev->data.raw8.d));
		} else if (snd_seq_ev_is_variable_type(ev)) {
			snd_seq_ev_set_variable(ev, bytes(), data);
		} else if (bytes() == sizeof(ev->data.raw8.d)) {
			memcpy(ev->data.raw8.d, data, sizeof(ev->data.raw8.d));
		} else {
			die("not twelve bytes");
		}
	}
}

static snd_seq_event_t event_of_row(void)
{
	snd_seq_event_t ev;

	snd_seq_ev_clear(&ev);
	ev.type = number();
	fields(&ev, 0);
	return ev;
}

static void print_row(snd_seq_event_t *ev)
{
	printf("%d", ev->type);
	fields(ev, 1);
	putchar('\n');
}

int main(int argc, char **argv)
{
	static char line[LINE_MAX_BYTES];
	snd_seq_t *seq;
	int port;

	if (argc < 2 || snd_seq_open(&seq, "default", SND_SEQ_OPEN_DUPLEX, 0) < 0)
		die("cannot open the sequencer");
	snd_seq_set_client_name(seq, argv[1]);
	port = snd_seq_create_simple_port(seq, "port",
		SND_SEQ_PORT_CAP_READ | SND_SEQ_PORT_CAP_WRITE, SND_SEQ_PORT_TYPE_APPLICATION);
	if (port < 0)
		die("cannot make a port");
	printf("%d %d\n", snd_seq_client_id(seq), port);
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		const char *command = strtok(line, " \n");
		snd_seq_event_t ev;

		if (!command)
			die("an empty request");
		if (!strcmp(command, "send")) {
			int client = number(), to = number(), tag = number(), error;

			ev = event_of_row();
			snd_seq_ev_set_dest(&ev, client, to);
			snd_seq_ev_set_source(&ev, port);
			snd_seq_ev_set_direct(&ev);
			ev.tag = tag;
			error = snd_seq_event_output_direct(seq, &ev);
			if (error < 0)
				printf("error %d\n", -error);
			else
				printf("ok\n");
		} else if (!strcmp(command, "receive")) {
			snd_seq_event_t *received;

			if (snd_seq_event_input(seq, &received) < 0)
				die("cannot receive");
			printf("%d %d %d ", received->source.client, received->source.port,
			       received->tag);
			print_row(received);
		} else if (!strcmp(command, "record")) {
			ev = event_of_row();
			print_bytes(&ev, sizeof(ev));
			putchar('\n');
		} else if (!strcmp(command, "row")) {
			if (bytes() != sizeof(ev))
				die("not a struct");
			memcpy(&ev, data, sizeof(ev));
			print_row(&ev);
		} else {
			die("an unknown request");
		}
		fflush(stdout);
	}
	snd_seq_close(seq);
	return 0;
}
