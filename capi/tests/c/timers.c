/*
 * Prints the results of timer functions, in lines that are the same in every run. On
 * libasound and on ours, the output must be the same.
 */
#include <alsa/asoundlib.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* They are exported, but no header declares them. */
int snd_timer_type(snd_timer_t *timer);
const char *snd_timer_name(snd_timer_t *timer);
int snd_timer_nonblock(snd_timer_t *timer, int nonblock);

/* The two libraries refuse missing sound cards in different ways. */
static const char *const NAMES[] = {
	"hw:CLASS=1,SCLASS=0,CARD=0,DEV=0,SUBDEV=0",
	"hw:CLASS=1,SCLASS=-1,CARD=0,DEV=0,SUBDEV=0",
	"hw:1,0,0,0,0",
	"hw:1,-1,0,3,0",
	"hw:CLASS=1,DEV=3",
	"hw:CLASS=1,DEV=0x0",
	"hw:CLASS=01,DEV=0X3",
	"hw: CLASS=1",
	"hw:CLASS= 1",
	"hw:CLASS=1,DEV=08",
	"hw:CLASS=1 ",
	"hw:CLASS=1,DEV=77",
	"hw:CLASS=0,SCLASS=9,DEV=0",
	"hw",
	"default",
	"nosuch",
	"hw:CLASS=",
};

static void quiet(const char *file, int line, const char *function, int error,
		  const char *format, ...)
{
	(void)file, (void)line, (void)function, (void)error, (void)format;
}

/* Of numbers that depend on the time, only the sign is printed. */
static const char *sign(long number)
{
	return number > 0 ? "more" : number < 0 ? "less" : "0";
}

static void query(void)
{
	snd_timer_query_t *query = NULL;
	snd_timer_id_t *id;
	snd_timer_ginfo_t *info;
	/* The structs are opaque and have no accessors. They begin with the name. */
	uint32_t raw[64];
	int error;

	snd_timer_id_alloca(&id);
	snd_timer_ginfo_alloca(&info);
	printf("query nosuch: %d\n", snd_timer_query_open(&query, "nosuch", 0));
	error = snd_timer_query_open(&query, "hw", 0);
	printf("query hw: %d\n", error);
	if (error < 0)
		return;
	snd_timer_id_set_class(id, SND_TIMER_CLASS_NONE);
	for (;;) {
		error = snd_timer_query_next_device(query, id);
		printf("next: %d, %d %d %d %d %d\n", error, snd_timer_id_get_class(id),
		       snd_timer_id_get_sclass(id), snd_timer_id_get_card(id),
		       snd_timer_id_get_device(id), snd_timer_id_get_subdevice(id));
		if (error < 0 || snd_timer_id_get_class(id) < 0)
			break;
		error = snd_timer_ginfo_set_tid(info, id);
		printf("info: %d %d", error, snd_timer_query_info(query, info));
		printf(" %x %d %s, %s, %lu %lu %lu, %u\n", snd_timer_ginfo_get_flags(info),
		       snd_timer_ginfo_get_card(info), snd_timer_ginfo_get_id(info),
		       snd_timer_ginfo_get_name(info), snd_timer_ginfo_get_resolution(info),
		       snd_timer_ginfo_get_resolution_min(info),
		       snd_timer_ginfo_get_resolution_max(info),
		       snd_timer_ginfo_get_clients(info));
		memset(raw, 0, sizeof(raw));
		memcpy(raw, id, snd_timer_id_sizeof());
		printf("status: %d", snd_timer_query_status(query, (void *)raw));
		printf(" %u\n", raw[6]);
		memset(raw, 0, sizeof(raw));
		memcpy(raw, id, snd_timer_id_sizeof());
		printf("params: %d\n", snd_timer_query_params(query, (void *)raw));
	}
	snd_timer_id_set_class(id, SND_TIMER_CLASS_GLOBAL);
	snd_timer_id_set_device(id, 77);
	snd_timer_ginfo_set_tid(info, id);
	printf("no device: %d\n", snd_timer_query_info(query, info));
	printf("close: %d\n", snd_timer_query_close(query));
}

static void status(snd_timer_t *timer)
{
	snd_timer_status_t *status;
	snd_htimestamp_t time;

	snd_timer_status_alloca(&status);
	printf("  status: %d", snd_timer_status(timer, status));
	time = snd_timer_status_get_timestamp(status);
	printf(", time %s, resolution %ld, lost %ld, overrun %ld, queue %s\n",
	       sign(time.tv_sec + time.tv_nsec), snd_timer_status_get_resolution(status),
	       snd_timer_status_get_lost(status), snd_timer_status_get_overrun(status),
	       sign(snd_timer_status_get_queue(status)));
}

static void params(snd_timer_t *timer, long ticks, long size, unsigned int filter)
{
	snd_timer_params_t *params;

	snd_timer_params_alloca(&params);
	printf("  params %ld %ld %x:", ticks, size, filter);
	printf(" %d", snd_timer_params_set_auto_start(params, 1));
	printf(" %d", snd_timer_params_set_exclusive(params, 0));
	printf(" %d", snd_timer_params_set_early_event(params, 0));
	snd_timer_params_set_ticks(params, ticks);
	snd_timer_params_set_queue_size(params, size);
	snd_timer_params_set_filter(params, filter);
	printf(" %d,", snd_timer_params(timer, params));
	printf(" %d %d %d %ld %ld %x\n", snd_timer_params_get_auto_start(params),
	       snd_timer_params_get_exclusive(params), snd_timer_params_get_early_event(params),
	       snd_timer_params_get_ticks(params), snd_timer_params_get_queue_size(params),
	       snd_timer_params_get_filter(params));
}

/* Waits for the descriptor, and prints the result. */
static void wait(snd_timer_t *timer)
{
	struct pollfd one[2];
	unsigned short events = 0;

	memset(one, 0, sizeof(one));
	printf("  descriptors: %d", snd_timer_poll_descriptors_count(timer));
	printf(" %d", snd_timer_poll_descriptors(timer, one, 2));
	printf(" %x, poll %d", one[0].events, poll(one, 1, 20000));
	printf(", revents %d", snd_timer_poll_descriptors_revents(timer, one, 1, &events));
	printf(" %x\n", events);
}

static void ticks(snd_timer_t *timer)
{
	snd_timer_read_t tick;
	int i;

	for (i = 0; i < 3; i++) {
		memset(&tick, 0, sizeof(tick));
		wait(timer);
		printf("  read: %ld", (long)snd_timer_read(timer, &tick, sizeof(tick)));
		printf(", ticks %s, resolution %u\n", sign(tick.ticks), tick.resolution);
	}
}

/* With enhanced records, the first record reports the start. */
static void records(snd_timer_t *timer)
{
	snd_timer_tread_t record;

	memset(&record, 0, sizeof(record));
	wait(timer);
	printf("  read: %s", sign((long)snd_timer_read(timer, &record, sizeof(record))));
	printf(", event %d\n", record.event);
}

/* Reads the waiting records. libasound aborts if a non-blocking handle reads. */
static void drain(snd_timer_t *timer)
{
	struct pollfd one;
	char buffer[4096];

	snd_timer_poll_descriptors(timer, &one, 1);
	while (poll(&one, 1, 0) > 0 && snd_timer_read(timer, buffer, sizeof(buffer)) > 0)
		;
}

static void one(const char *name, int mode)
{
	snd_timer_t *timer = NULL;
	snd_timer_info_t *info;
	long period, resolution;
	int error = snd_timer_open(&timer, name, mode);

	printf("open %s %d: %d %s\n", name, mode, error, timer ? "handle" : "none");
	if (error < 0)
		return;
	snd_timer_info_alloca(&info);
	printf("  %s, type %d\n", snd_timer_name(timer), snd_timer_type(timer));
	printf("  info: %d", snd_timer_info(timer, info));
	printf(" %d %d %s, %s, %ld %ld\n", snd_timer_info_is_slave(info),
	       snd_timer_info_get_card(info), snd_timer_info_get_id(info),
	       snd_timer_info_get_name(info), snd_timer_info_get_resolution(info),
	       snd_timer_info_get_ticks(info));
	resolution = snd_timer_info_get_resolution(info);
	/* 10 ms. */
	period = resolution > 0 ? 10000000 / resolution : 1;
	printf("  stop: %d\n", snd_timer_stop(timer));
	printf("  continue: %d\n", snd_timer_continue(timer));
	params(timer, period, 5, 0);
	params(timer, period, 5000, 0);
	params(timer, 0, 128, 0);
	params(timer, period, 128, mode & SND_TIMER_OPEN_TREAD ? 1 << SND_TIMER_EVENT_START : 0);
	status(timer);
	printf("  start: %d", snd_timer_start(timer));
	printf(" %d\n", snd_timer_start(timer));
	if (mode & SND_TIMER_OPEN_NONBLOCK && resolution > 0)
		wait(timer);
	else if (mode & SND_TIMER_OPEN_TREAD)
		records(timer);
	else if (!snd_timer_info_is_slave(info) && resolution > 0)
		ticks(timer);
	printf("  stop: %d\n", snd_timer_stop(timer));
	if (!(mode & SND_TIMER_OPEN_NONBLOCK)) {
		drain(timer);
		status(timer);
	}
	printf("  nonblock: %d\n", snd_timer_nonblock(timer, 1));
	printf("  continue: %d\n", snd_timer_continue(timer));
	printf("  stop: %d\n", snd_timer_stop(timer));
	printf("  blocks again: %d\n", snd_timer_nonblock(timer, 0));
	printf("  close: %d\n", snd_timer_close(timer));
}

int main(void)
{
	unsigned int name;

	snd_lib_error_set_handler(quiet);
	query();
	for (name = 0; name < sizeof(NAMES) / sizeof(*NAMES); name++) {
		one(NAMES[name], 0);
		one(NAMES[name], SND_TIMER_OPEN_NONBLOCK);
		one(NAMES[name], SND_TIMER_OPEN_TREAD);
	}
	return 0;
}
