/* Passes the requests on standard input to libasound's MIDI codec, and prints
 * the results. libasound.rs builds and runs this program.
 *
 * A request is a letter, a 32-bit parameter and a 32-bit count:
 *   P  bytes to events; parameter: buffer size; count bytes follow
 *   E  events to bytes; parameter: 1 if every status byte is wanted; count
 *      events follow, each a record and data of the length in the record
 * Numbers have the machine's byte order. Answers are lines of hexadecimal
 * bytes, one for each event ("P": the record and its data; "E": the bytes, or
 * a negative errno), and a line with a dot at the end of each request.
 */
#include <alsa/asoundlib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATA_MAX 65536

static void take(void *to, size_t size)
{
	if (fread(to, 1, size, stdin) != size) {
		fprintf(stderr, "request cut short\n");
		exit(1);
	}
}

static void put(const void *from, size_t size)
{
	const unsigned char *bytes = from;

	for (size_t i = 0; i < size; i++)
		printf("%02x", bytes[i]);
}

static snd_midi_event_t *codec(size_t buffer)
{
	snd_midi_event_t *codec;

	if (snd_midi_event_new(buffer, &codec) < 0) {
		fprintf(stderr, "no codec\n");
		exit(1);
	}
	return codec;
}

static void parse(uint32_t buffer, uint32_t count)
{
	snd_midi_event_t *parser = codec(buffer);

	while (count-- > 0) {
		unsigned char byte;
		snd_seq_event_t event;

		take(&byte, 1);
		snd_seq_ev_clear(&event);
		if (snd_midi_event_encode_byte(parser, byte, &event) != 1)
			continue;
		put(&event, sizeof(event));
		if (snd_seq_ev_is_variable(&event))
			put(event.data.ext.ptr, event.data.ext.len);
		putchar('\n');
	}
	snd_midi_event_free(parser);
}

static void encode(uint32_t every_status, uint32_t count)
{
	static unsigned char data[DATA_MAX], bytes[DATA_MAX];
	snd_midi_event_t *encoder = codec(DATA_MAX);

	snd_midi_event_no_status(encoder, every_status);
	while (count-- > 0) {
		snd_seq_event_t event;
		long size;

		take(&event, sizeof(event));
		if (snd_seq_ev_is_variable(&event)) {
			if (event.data.ext.len > sizeof(data))
				exit(1);
			take(data, event.data.ext.len);
			event.data.ext.ptr = data;
		}
		size = snd_midi_event_decode(encoder, bytes, sizeof(bytes), &event);
		if (size < 0)
			printf("%ld", size);
		else
			put(bytes, size);
		putchar('\n');
	}
	snd_midi_event_free(encoder);
}

int main(void)
{
	int kind;

	while ((kind = getchar()) != EOF) {
		uint32_t parameter, count;

		take(&parameter, sizeof(parameter));
		take(&count, sizeof(count));
		if (kind == 'P')
			parse(parameter, count);
		else
			encode(parameter, count);
		puts(".");
		fflush(stdout);
	}
	return 0;
}
