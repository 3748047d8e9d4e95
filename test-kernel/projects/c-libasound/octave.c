/* Plays each note it receives, an octave higher. */
#include <alsa/asoundlib.h>
#include <stdio.h>

static int failed(const char *call, int error)
{
	fprintf(stderr, "octave: %s: %s\n", call, snd_strerror(error));
	return 1;
}

int main(void)
{
	snd_seq_t *seq;
	snd_seq_event_t *event;
	int error, output;

	error = snd_seq_open(&seq, "default", SND_SEQ_OPEN_DUPLEX, 0);
	if (error < 0)
		return failed("snd_seq_open", error);
	snd_seq_set_client_name(seq, "Octave");
	error = snd_seq_create_simple_port(seq, "in",
		SND_SEQ_PORT_CAP_WRITE | SND_SEQ_PORT_CAP_SUBS_WRITE,
		SND_SEQ_PORT_TYPE_MIDI_GENERIC | SND_SEQ_PORT_TYPE_APPLICATION);
	if (error < 0)
		return failed("snd_seq_create_simple_port", error);
	output = snd_seq_create_simple_port(seq, "out",
		SND_SEQ_PORT_CAP_READ | SND_SEQ_PORT_CAP_SUBS_READ,
		SND_SEQ_PORT_TYPE_MIDI_GENERIC | SND_SEQ_PORT_TYPE_APPLICATION);
	if (output < 0)
		return failed("snd_seq_create_simple_port", output);
	puts("ready");
	fflush(stdout);

	for (;;) {
		error = snd_seq_event_input(seq, &event);
		if (error < 0)
			return failed("snd_seq_event_input", error);
		if (event->type != SND_SEQ_EVENT_NOTEON && event->type != SND_SEQ_EVENT_NOTEOFF)
			continue;
		/* Notes without a higher octave are left out. */
		if (event->data.note.note > 127 - 12)
			continue;
		event->data.note.note += 12;
		snd_seq_ev_set_source(event, output);
		snd_seq_ev_set_subs(event);
		snd_seq_ev_set_direct(event);
		error = snd_seq_event_output_direct(seq, event);
		if (error < 0)
			return failed("snd_seq_event_output_direct", error);
	}
}
