/*
 * Cancels threads that wait in a call, and interrupts calls with a signal (-EINTR). The
 * handle can be used afterwards. On libasound and on ours, the output must be the same.
 */
#include <alsa/asoundlib.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static snd_seq_t *seq;
static int port, queue;
static sem_t begun;
static long thread_id;

static void check(const char *what, long result)
{
	if (result < 0) {
		fprintf(stderr, "%s: %ld\n", what, result);
		exit(1);
	}
}

static void prepare(snd_seq_event_t *event)
{
	snd_seq_ev_clear(event);
	event->type = SND_SEQ_EVENT_USR0;
	snd_seq_ev_set_source(event, port);
	snd_seq_ev_set_dest(event, snd_seq_client_id(seq), port);
}

/* The queue is never started, so its events stay in the pool. */
static void fill_pool(void)
{
	snd_seq_event_t event;
	int result;

	prepare(&event);
	snd_seq_ev_schedule_tick(&event, queue, 0, 1000);
	check("nonblock", snd_seq_nonblock(seq, 1));
	do
		result = snd_seq_event_output_direct(seq, &event);
	while (result >= 0);
	if (result != -EAGAIN)
		check("fill", result);
	check("nonblock", snd_seq_nonblock(seq, 0));
	check("buffer", snd_seq_event_output_buffer(seq, &event));
}

static int input(void)
{
	snd_seq_event_t *event;

	return snd_seq_event_input(seq, &event);
}

static int drain(void)
{
	return snd_seq_drain_output(seq);
}

static int synchronise(void)
{
	int result = snd_seq_sync_output_queue(seq);

	/* libasound returns -1 here for every error. */
	return result < 0 ? -1 : result;
}

static const struct {
	const char *name;
	int (*call)(void);
	int fills;
} CALLS[] = {
	{ "input", input, 0 },
	{ "drain", drain, 1 },
	{ "sync", synchronise, 1 },
};

static void cleaned(void *name)
{
	printf("%s: clean-up\n", (char *)name);
}

static void *run(void *argument)
{
	unsigned int i = *(unsigned int *)argument;
	int result;

	pthread_cleanup_push(cleaned, (void *)CALLS[i].name);
	thread_id = syscall(SYS_gettid);
	sem_post(&begun);
	result = CALLS[i].call();
	printf("%s: returns %d\n", CALLS[i].name, result);
	pthread_cleanup_pop(0);
	return NULL;
}

/* Only the state of a thread shows that it waits. */
static void until_it_waits(void)
{
	char path[64], state = 0;

	snprintf(path, sizeof(path), "/proc/self/task/%ld/stat", thread_id);
	while (state != 'S') {
		FILE *file = fopen(path, "r");

		if (!file || fscanf(file, "%*d (%*[^)]) %c", &state) != 1) {
			fprintf(stderr, "no state in %s\n", path);
			exit(1);
		}
		fclose(file);
		usleep(1000);
	}
}

static void interrupted(int number)
{
	(void)number;
}

static void usable(void)
{
	snd_seq_event_t event, *got;

	check("drop", snd_seq_drop_output(seq));
	prepare(&event);
	snd_seq_ev_set_direct(&event);
	event.tag = 7;
	check("direct", snd_seq_event_output_direct(seq, &event));
	check("input", snd_seq_event_input(seq, &got));
	printf("  then tag %d\n", got->tag);
}

int main(void)
{
	struct sigaction action = { .sa_handler = interrupted };
	unsigned int i;
	int cancels;

	sigaction(SIGUSR1, &action, NULL);
	sem_init(&begun, 0, 0);
	check("open", snd_seq_open(&seq, "default", SND_SEQ_OPEN_DUPLEX, 0));
	port = snd_seq_create_simple_port(seq, "port", SND_SEQ_PORT_CAP_WRITE, 0);
	check("port", port);
	queue = snd_seq_alloc_queue(seq);
	check("queue", queue);
	check("pool", snd_seq_set_client_pool_output(seq, 20));
	for (i = 0; i < sizeof(CALLS) / sizeof(CALLS[0]); i++) {
		for (cancels = 0; cancels < 2; cancels++) {
			pthread_t thread;
			void *result;

			if (CALLS[i].fills)
				fill_pool();
			pthread_create(&thread, NULL, run, &i);
			sem_wait(&begun);
			until_it_waits();
			if (cancels)
				pthread_cancel(thread);
			else
				pthread_kill(thread, SIGUSR1);
			pthread_join(thread, &result);
			printf("%s: %s\n", CALLS[i].name,
			       result == PTHREAD_CANCELED ? "cancelled" : "ended");
			usable();
		}
	}
	check("close", snd_seq_close(seq));
	return 0;
}
