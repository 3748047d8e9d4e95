/* RtMidi, used as its documentation says. Like midir, it receives on a thread of
 * its own and sends each message at once. */
#include <condition_variable>
#include <mutex>
#include <rtmidi/RtMidi.h>
#include <unistd.h>
#include <vector>

#include "bench.h"

typedef std::vector<unsigned char> Message;

/* It cannot enlarge its pool of 200 events. */
static const long AT_ONCE = 100;

struct Counter {
	std::mutex mutex;
	std::condition_variable changed;
	long count = 0;

	void add()
	{
		std::lock_guard<std::mutex> lock(mutex);
		count++;
		changed.notify_one();
	}
	void wait(long wanted)
	{
		std::unique_lock<std::mutex> lock(mutex);
		changed.wait(lock, [&] { return count >= wanted; });
		count -= wanted;
	}
};

static void connect(RtMidi &midi, const char *name)
{
	for (unsigned i = 0; i < midi.getPortCount(); i++) {
		if (midi.getPortName(i).find(name) != std::string::npos) {
			midi.openPort(i, "port");
			return;
		}
	}
	fprintf(stderr, "the port is not there\n");
	exit(1);
}

static void arrived(double, Message *, void *data)
{
	static_cast<Counter *>(data)->add();
}

static void send_back(double, Message *message, void *data)
{
	static_cast<RtMidiOut *>(data)->sendMessage(message);
}

static Message note(unsigned char key)
{
	return Message{ 0x91, key, 100 };
}

static void roundtrip(long rounds)
{
	Counter counter;
	RtMidiIn home(RtMidi::LINUX_ALSA, "rtmidi home"), away(RtMidi::LINUX_ALSA, "rtmidi away");
	RtMidiOut there(RtMidi::LINUX_ALSA, "rtmidi there"), back(RtMidi::LINUX_ALSA, "rtmidi back");

	home.setCallback(arrived, &counter);
	home.openVirtualPort("home");
	connect(back, "rtmidi home");
	away.setCallback(send_back, &back);
	away.openVirtualPort("away");
	connect(there, "rtmidi away");
	MEASURE(rounds, 1, {
		Message message = note(60);

		there.sendMessage(&message);
		counter.wait(1);
	});
}

static void batch(long rounds, long size)
{
	Counter counter;
	RtMidiIn to(RtMidi::LINUX_ALSA, "rtmidi to");
	RtMidiOut from(RtMidi::LINUX_ALSA, "rtmidi from");

	to.setCallback(arrived, &counter);
	to.openVirtualPort("to");
	connect(from, "rtmidi to");
	MEASURE(rounds, size, {
		for (long left = size; left > 0; left -= AT_ONCE) {
			long some = left < AT_ONCE ? left : AT_ONCE;

			for (long k = 0; k < some; k++) {
				Message message = note(k);

				from.sendMessage(&message);
			}
			counter.wait(some);
		}
	});
}

static void sysex(long rounds, long size)
{
	Counter counter;
	RtMidiIn to(RtMidi::LINUX_ALSA, "rtmidi to");
	RtMidiOut from(RtMidi::LINUX_ALSA, "rtmidi from");
	Message message(size, 0x55);

	message[0] = 0xf0;
	message[size - 1] = 0xf7;
	to.setCallback(arrived, &counter);
	to.ignoreTypes(false, true, true);
	to.openVirtualPort("to");
	connect(from, "rtmidi to");
	MEASURE(rounds, 1, {
		from.sendMessage(&message);
		counter.wait(1);
	});
}

/* Sends the messages of the probe back to it. */
static void thru()
{
	RtMidiIn in(RtMidi::LINUX_ALSA, "rtmidi in");
	RtMidiOut out(RtMidi::LINUX_ALSA, "rtmidi out");

	connect(out, "probe");
	in.setCallback(send_back, &out);
	connect(in, "probe");
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	const char *workload = argc > 2 ? argv[1] : "";
	long rounds = argc > 2 ? atol(argv[2]) : 0;
	long size = number_of(workload);

	if (is(workload, "open"))
		MEASURE(rounds, 1, RtMidiOut(RtMidi::LINUX_ALSA, "rtmidi"));
	else if (is(workload, "enumerate")) {
		RtMidiOut out(RtMidi::LINUX_ALSA, "rtmidi");

		MEASURE(rounds, 1, {
			for (unsigned k = 0; k < out.getPortCount(); k++)
				out.getPortName(k);
		});
	} else if (is(workload, "roundtrip"))
		roundtrip(rounds);
	else if (is(workload, "batch"))
		batch(rounds, size);
	else if (is(workload, "sysex") && size <= 4096)
		sysex(rounds, size);
	else if (is(workload, "thru"))
		thru();
	else if (is(workload, "first")) {
		RtMidiOut out(RtMidi::LINUX_ALSA, "rtmidi");
		Message message = note(60);

		out.openVirtualPort("port");
		out.sendMessage(&message);
	} else
		return NOT_APPLICABLE;
	return 0;
}
