/*
 * A program that `cargo xtask capi symbols` links with each archive: it lists the clients,
 * and receives its own event. It declares the functions itself, because musl has no
 * header for them.
 */
#include <stdio.h>
#include <string.h>

typedef struct snd_seq snd_seq_t;
typedef struct snd_seq_client_info snd_seq_client_info_t;
typedef struct {
	unsigned char type, flags, tag, queue;
	unsigned int time[2];
	unsigned char source_client, source_port, dest_client, dest_port;
	unsigned int data[3];
} snd_seq_event_t;

int snd_seq_open(snd_seq_t **seq, const char *name, int streams, int mode);
int snd_seq_close(snd_seq_t *seq);
int snd_seq_client_id(snd_seq_t *seq);
int snd_seq_set_client_name(snd_seq_t *seq, const char *name);
int snd_seq_create_simple_port(snd_seq_t *seq, const char *name, unsigned int caps,
			       unsigned int type);
int snd_seq_client_info_malloc(snd_seq_client_info_t **info);
void snd_seq_client_info_free(snd_seq_client_info_t *info);
void snd_seq_client_info_set_client(snd_seq_client_info_t *info, int client);
int snd_seq_client_info_get_client(const snd_seq_client_info_t *info);
const char *snd_seq_client_info_get_name(snd_seq_client_info_t *info);
int snd_seq_query_next_client(snd_seq_t *seq, snd_seq_client_info_t *info);
int snd_seq_event_output_direct(snd_seq_t *seq, snd_seq_event_t *event);
int snd_seq_event_input(snd_seq_t *seq, snd_seq_event_t **event);
const char *snd_strerror(int error);
extern const unsigned int snd_seq_event_types[256];

int main(void)
{
	snd_seq_t *seq;
	snd_seq_client_info_t *info;
	snd_seq_event_t event, *found;
	int port, error = snd_seq_open(&seq, "default", 3, 0);

	if (error < 0) {
		fprintf(stderr, "%s\n", snd_strerror(error));
		return 1;
	}
	snd_seq_set_client_name(seq, "linked");
	port = snd_seq_create_simple_port(seq, "port", 3, 0);
	if (port < 0 || snd_seq_client_info_malloc(&info) < 0)
		return 2;
	snd_seq_client_info_set_client(info, -1);
	while (snd_seq_query_next_client(seq, info) >= 0)
		printf("%d %s\n", snd_seq_client_info_get_client(info),
		       snd_seq_client_info_get_name(info));
	snd_seq_client_info_free(info);

	memset(&event, 0, sizeof(event));
	event.type = 6; /* a note-on */
	event.queue = 253;
	event.dest_client = snd_seq_client_id(seq);
	event.dest_port = port;
	event.data[0] = 0x403c00;
	if (snd_seq_event_output_direct(seq, &event) < 0)
		return 3;
	if (snd_seq_event_input(seq, &found) < 0)
		return 4;
	if (found->type != 6 || found->data[0] != 0x403c00 || !snd_seq_event_types[6])
		return 5;
	return -snd_seq_close(seq);
}
