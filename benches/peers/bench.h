/* What the programs in C and C++ have in common. Each is called with the name
 * of a workload and how often to do it, and prints the nanoseconds that took and
 * how many operations there were. ../README.md has the workloads. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* It has no such thing; the driver leaves it out. */
#define NOT_APPLICABLE 3

/* Rounds that are not counted. */
#define WARM_UP 3

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

__attribute__((unused)) static void fail(const char *what)
{
	perror(what);
	exit(1);
}

__attribute__((unused)) static void check(int ok, const char *what)
{
	if (!ok)
		fail(what);
}

/* Does `round` often, and says how long it took. */
#define MEASURE(rounds, ops_per_round, round)                                  \
	do {                                                                   \
		long long begun = 0;                                           \
		for (long i = -WARM_UP; i < (rounds); i++) {                   \
			if (i == 0)                                            \
				begun = now();                                 \
			round;                                                 \
		}                                                              \
		printf("%lld %ld\n", now() - begun,                            \
		       (long)(rounds) * (long)(ops_per_round));                \
	} while (0)

/* The number at the end of a workload's name. */
__attribute__((unused)) static long number_of(const char *workload)
{
	const char *digits = workload + strcspn(workload, "0123456789");

	return strtol(digits, NULL, 10);
}

__attribute__((unused)) static int is(const char *workload, const char *kind)
{
	size_t length = strcspn(workload, "0123456789");

	return strlen(kind) == length && !strncmp(workload, kind, length);
}
