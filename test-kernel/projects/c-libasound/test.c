/* Plays a note to the program, and waits for the note it sends. */
#include <alsa/asoundlib.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t octave;

static void end(void)
{
	if (octave > 0) {
		kill(octave, SIGTERM);
		waitpid(octave, NULL, 0);
	}
}

/* Every call here must succeed. */
static int checked(const char *call, int result)
{
	if (result < 0) {
		fprintf(stderr, "%s: %s\n", call, snd_strerror(result));
		exit(1);
	}
	return result;
}
#define CHECK(call) checked(#call, call)

static void start(void)
{
	char line[16] = "";
	FILE *output;
	int fds[2];

	if (pipe(fds) < 0 || (octave = fork()) < 0) {
		perror("pipe, fork");
		exit(1);
	}
	if (octave == 0) {
		dup2(fds[1], 1);
		close(fds[0]);
		close(fds[1]);
		execl("./octave", "octave", (char *)NULL);
		perror("./octave");
		_exit(1);
	}
	atexit(end);
	close(fds[1]);
	/* The program prints a line when its ports exist. */
	output = fdopen(fds[0], "r");
	if (!fgets(line, sizeof line, output) || strcmp(line, "ready\n") != 0) {
		fprintf(stderr, "the program did not start\n");
		exit(1);
	}
}

int main(void)
{
	snd_seq_addr_t in, out;
	snd_seq_event_t note, *received;
	struct pollfd waiting[1];
	int keyboard, synthesizer;
	snd_seq_t *seq;

	start();
	CHECK(snd_seq_open(&seq, "default", SND_SEQ_OPEN_DUPLEX, 0));
	keyboard = CHECK(snd_seq_create_simple_port(seq, "keyboard",
		SND_SEQ_PORT_CAP_READ, SND_SEQ_PORT_TYPE_APPLICATION));
	synthesizer = CHECK(snd_seq_create_simple_port(seq, "synthesizer",
		SND_SEQ_PORT_CAP_WRITE, SND_SEQ_PORT_TYPE_APPLICATION));
	CHECK(snd_seq_parse_address(seq, &in, "Octave:0"));
	CHECK(snd_seq_parse_address(seq, &out, "Octave:1"));
	CHECK(snd_seq_connect_to(seq, keyboard, in.client, in.port));
	CHECK(snd_seq_connect_from(seq, synthesizer, out.client, out.port));

	snd_seq_ev_clear(&note);
	snd_seq_ev_set_noteon(&note, 0, 60, 100);
	snd_seq_ev_set_source(&note, keyboard);
	snd_seq_ev_set_subs(&note);
	snd_seq_ev_set_direct(&note);
	CHECK(snd_seq_event_output_direct(seq, &note));

	CHECK(snd_seq_poll_descriptors(seq, waiting, 1, POLLIN));
	do {
		if (snd_seq_event_input_pending(seq, 1) == 0 && poll(waiting, 1, 10000) <= 0) {
			fprintf(stderr, "no note arrived\n");
			return 1;
		}
		CHECK(snd_seq_event_input(seq, &received));
	} while (received->type != SND_SEQ_EVENT_NOTEON);
	if (received->data.note.note != 72 || received->data.note.velocity != 100) {
		fprintf(stderr, "key %d arrived, with velocity %d\n",
			received->data.note.note, received->data.note.velocity);
		return 1;
	}
	puts("ok - the note arrives an octave higher");
	return 0;
}
