/*
 * Loads a shared object, opens a client, uses it, closes it and unloads the object, again
 * and again. Afterwards, the numbers of descriptors, mappings and kernel clients and the
 * size of the heap must be the same as after the first rounds.
 *
 * usage: load OBJECT ROUNDS [the step to leave out in each round: close, free or unload]
 */
#include <alsa/asoundlib.h>
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* After these rounds, hardly anything is loaded or allocated for the first time. */
#define WARM 50
/* The C library keeps some bytes at times; an allocation has at least 24. */
#define BYTES 8

static void *object;
static const char *forget = "";

static void check(const char *what, long result)
{
	if (result < 0) {
		fprintf(stderr, "%s: %ld\n", what, result);
		exit(1);
	}
}

static void *find(const char *name)
{
	void *symbol = dlsym(object, name);

	if (symbol == NULL) {
		fprintf(stderr, "%s\n", dlerror());
		exit(1);
	}
	return symbol;
}

#define CALL(name) ((__typeof__(name) *)find(#name))

static void use(void)
{
	snd_seq_client_info_t *info;
	snd_seq_event_t event, *got;
	snd_seq_t *seq;
	int port, queue;

	check("open", CALL(snd_seq_open)(&seq, "default", SND_SEQ_OPEN_DUPLEX, 0));
	port = CALL(snd_seq_create_simple_port)(seq, "port", SND_SEQ_PORT_CAP_WRITE, 0);
	check("port", port);
	queue = CALL(snd_seq_alloc_queue)(seq);
	check("queue", queue);
	check("info", CALL(snd_seq_client_info_malloc)(&info));
	check("client", CALL(snd_seq_get_client_info)(seq, info));
	if (strcmp(forget, "free") != 0)
		CALL(snd_seq_client_info_free)(info);
	snd_seq_ev_clear(&event);
	event.type = SND_SEQ_EVENT_SYSEX;
	snd_seq_ev_set_variable(&event, 3, "\xf0\x01\xf7");
	snd_seq_ev_set_direct(&event);
	snd_seq_ev_set_dest(&event, CALL(snd_seq_client_id)(seq), port);
	check("output", CALL(snd_seq_event_output)(seq, &event));
	check("drain", CALL(snd_seq_drain_output)(seq));
	check("input", CALL(snd_seq_event_input)(seq, &got));
	check("the event", got->type == SND_SEQ_EVENT_SYSEX ? 0 : -1);
	if (strcmp(forget, "close") != 0)
		check("close", CALL(snd_seq_close)(seq));
}

/* Counts the lines of a file that contain a word. */
static int lines(const char *path, const char *word)
{
	static char line[4096];
	FILE *file = fopen(path, "r");
	int count = 0;

	check(path, file == NULL ? -1 : 0);
	while (fgets(line, sizeof(line), file) != NULL)
		count += strstr(line, word) != NULL;
	fclose(file);
	return count;
}

static int descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int count = 0;

	check("descriptors", directory == NULL ? -1 : 0);
	while (readdir(directory) != NULL)
		count++;
	closedir(directory);
	return count;
}

struct state {
	long descriptors, mappings, heap, clients;
};

static void look(struct state *state)
{
	state->descriptors = descriptors();
	state->clients = lines("/proc/asound/seq/clients", "Client ");
	state->mappings = lines("/proc/self/maps", "");
	state->heap = mallinfo2().uordblks + mallinfo2().hblkhd;
}

static int more(const char *what, long before, long after, long allowed)
{
	printf("%s: %ld, then %ld\n", what, before, after);
	return after - before > allowed;
}

int main(int argc, char **argv)
{
	struct state before, after;
	int round, rounds;

	if (argc < 3)
		return 2;
	rounds = atoi(argv[2]);
	if (argc > 3)
		forget = argv[3];
	for (round = 0; round < WARM + rounds; round++) {
		object = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
		check(argv[1], object == NULL ? -1 : 0);
		use();
		if (strcmp(forget, "unload") != 0)
			dlclose(object);
		if (lines("/proc/self/maps", argv[1]) != 0) {
			fprintf(stderr, "%s stays loaded\n", argv[1]);
			return 1;
		}
		if (round == WARM - 1)
			look(&before);
	}
	look(&after);
	printf("%d rounds of %s\n", rounds, argv[1]);
	return more("descriptors", before.descriptors, after.descriptors, 0) |
	       more("mappings", before.mappings, after.mappings, 0) |
	       more("heap", before.heap, after.heap, BYTES * rounds) |
	       more("clients", before.clients, after.clients, 0);
}
