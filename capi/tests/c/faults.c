/*
 * Faults that a sanitizer must find in our own code: C breaks a guarantee, and the called
 * function accesses the wrong bytes.
 *
 * usage: faults overflow|freed|leak|race
 */
#include <alsa/asoundlib.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static snd_seq_t *seq;

/* One byte less than the function writes. */
static void overflow(void)
{
	snd_seq_client_info_t *info = malloc(3);

	snd_seq_client_info_set_client(info, 5);
	free(info);
}

static void freed(void)
{
	snd_seq_close(seq);
	printf("%d\n", snd_seq_client_id(seq));
}

static void leak(void)
{
	snd_seq_client_info_t *info;

	if (snd_seq_client_info_malloc(&info) < 0)
		exit(2);
	snd_seq_client_info_set_client(info, 5);
	info = NULL;
	snd_seq_close(seq);
}

static void *put(void *argument)
{
	snd_seq_event_t event;
	int i;

	(void)argument;
	snd_seq_ev_clear(&event);
	for (i = 0; i < 100; i++)
		snd_seq_event_output_buffer(seq, &event);
	return NULL;
}

/* Only one thread at a time may use the output buffer. */
static void race(void)
{
	pthread_t threads[2];
	int i;

	for (i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, put, NULL);
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	snd_seq_close(seq);
}

int main(int argc, char **argv)
{
	if (argc != 2 || snd_seq_open(&seq, "default", SND_SEQ_OPEN_DUPLEX, 0) < 0)
		return 2;
	if (strcmp(argv[1], "overflow") == 0)
		overflow();
	else if (strcmp(argv[1], "freed") == 0)
		freed();
	else if (strcmp(argv[1], "leak") == 0)
		leak();
	else if (strcmp(argv[1], "race") == 0)
		race();
	return 0;
}
