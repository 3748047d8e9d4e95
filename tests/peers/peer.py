"""A client made with python-alsa-midi. It carries out the requests of a test.

Each line on standard input is a request: a command and its arguments, with tabs
between them. The answer is any number of lines of tab-separated fields, and
then a line with only "."; or one line "!" with the name of an exception.

The form of a value shows its type: 12 is a number, x0aff are bytes, @14:0 is an address,
t1.500000000 is a time in seconds, - is nothing, and the rest is text.
"""

import sys

from alsa_midi import (
    Address,
    Event,
    EventType,
    PortCaps,
    PortType,
    QueueInfo,
    RealTime,
    RemoveEvents,
    SequencerClient,
)
from alsa_midi.client import RemoveCondition

PATIENCE = 10.0
# The attributes of every event, and an attribute that repeats another in another unit.
COMMON = set(dir(Event(EventType.NONE))) | {"bpm"}
CLASSES = {cls.__name__: cls for cls in Event._specialized.values()}
CLASSES["Event"] = Event
# These events have twelve bytes, and no fields for them.
RAW = {"Event", "EchoEvent", "OSSEvent"}


def text_of(value):
    if value is None:
        return "-"
    if isinstance(value, bytes):
        return "x" + value.hex()
    if isinstance(value, Address):
        return f"@{value}"
    if isinstance(value, RealTime):
        return f"t{value.seconds}.{value.nanoseconds:09}"
    if isinstance(value, (bool, int)):
        return str(int(value))
    return str(value)


def value_of(text):
    if text == "-":
        return None
    if text.startswith("x"):
        return bytes.fromhex(text[1:])
    if text.startswith("@"):
        return Address(*map(int, text[1:].split(":")))
    if text.startswith("t"):
        seconds, nanoseconds = text[1:].split(".")
        return RealTime(int(seconds), int(nanoseconds))
    return int(text)


def event_of(fields):
    name, *pairs = fields
    arguments = {}
    for pair in pairs:
        key, value = pair.split("=")
        arguments[key] = value_of(value)
    if name == "Event":
        arguments["type"] = EventType(arguments["type"])
    return CLASSES[name](**arguments)


def description_of(event):
    name = type(event).__name__
    found = {key: getattr(event, key) for key in set(dir(event)) - COMMON}
    if name in RAW:
        found["raw_data"] = event.raw_data
    if name == "Event":
        found["type"] = int(event.type)
    data = [f"{key}={text_of(found[key])}" for key in sorted(found)]
    common = ["tag", "queue_id", "source", "dest", "time", "tick", "relative"]
    return [[name] + data, [f"{key}={text_of(getattr(event, key))}" for key in common]]


def fields(thing, names):
    return [text_of(getattr(thing, name)) for name in names.split()]


class Peer:
    def __init__(self, name):
        self.client = SequencerClient(name)
        self.ports = {}
        self.queues = {}

    # Queries.

    def info(self, client):
        info = self.client.get_client_info(int(client))
        names = "client_id name type num_ports event_lost card_id pid broadcast_filter"
        return [fields(info, names)]

    def filter(self, client):
        types = self.client.get_client_info(int(client)).event_filter
        return [["-"] if types is None else sorted((str(int(t)) for t in types), key=int)]

    def clients(self):
        found, last = [], None
        while (last := self.client.query_next_client(last)) is not None:
            found.append([text_of(last.client_id), last.name])
        return found

    def query_ports(self, client):
        found, last = [], None
        while (last := self.client.query_next_port(int(client), last)) is not None:
            found.append([text_of(Address(last)), last.name])
        return found

    def port_info(self, address):
        info = self.client.get_port_info(value_of(address))
        names = (
            "name capability type midi_channels midi_voices synth_voices read_use write_use "
            "timestamping timestamp_real timestamp_queue_id"
        )
        return [fields(info, names)]

    def list_ports(self, input, output, type, system, through, export, connectable, sort):
        found = self.client.list_ports(
            input=bool(int(input)),
            output=bool(int(output)),
            type=PortType(int(type)),
            include_system=bool(int(system)),
            include_midi_through=bool(int(through)),
            include_no_export=bool(int(export)),
            only_connectable=bool(int(connectable)),
            sort=bool(int(sort)),
        )
        return [[text_of(Address(port)), port.client_name, port.name] for port in found]

    def queue_info(self, queue):
        return [fields(self.client.get_queue_info(int(queue)), "name owner locked")]

    def queue_status(self, queue):
        status = self.client.get_queue_status(int(queue))
        return [fields(status, "events tick_time real_time running")]

    def queue_named(self, name):
        return [[text_of(self.client.query_named_queue(name))]]

    def subscribers(self, address):
        found = self.client.list_port_subscribers(value_of(address))
        names = "type addr queue_id exclusive time_update time_real"
        return [fields(link, names) for link in found]

    def pending(self):
        return [[text_of(self.client.event_input_pending(True))]]

    def pool(self):
        names = "output_pool input_pool output_room output_free input_free"
        return [fields(self.client.get_client_pool(), names)]

    def system(self):
        names = "queues clients ports channels"
        return [fields(self.client.get_system_info(), names)]

    # Creating objects.

    def port(self, name, caps, type):
        port = self.client.create_port(name, PortCaps(int(caps)), PortType(int(type)))
        self.ports[port.port_id] = port
        return [[text_of(Address(port))]]

    def full_port(self, name, number, channels, voices, synth, real, queue):
        port = self.client.create_port(
            name,
            port_id=int(number),
            midi_channels=int(channels),
            midi_voices=int(voices),
            synth_voices=int(synth),
            timestamping=True,
            timestamp_real=bool(int(real)),
            timestamp_queue=int(queue),
        )
        self.ports[port.port_id] = port
        return [[text_of(Address(port))]]

    def close_port(self, number):
        self.ports.pop(int(number)).close()
        return []

    def queue(self, name, locked):
        info = QueueInfo(name=name, locked=bool(int(locked)))
        queue = self.client.create_queue(info=info)
        self.queues[queue.queue_id] = queue
        return [[text_of(queue.queue_id)]]

    def use_queue(self, number):
        queue = self.client.get_queue(int(number))
        queue.set_usage(True)
        self.queues[queue.queue_id] = queue
        return []

    def tempo(self, queue):
        tempo = self.queues[int(queue)].get_tempo()
        return [fields(tempo, "tempo ppq skew skew_base")]

    def set_tempo(self, queue, tempo, ppq):
        self.queues[int(queue)].set_tempo(int(tempo), int(ppq))
        return []

    def timer(self, queue):
        timer = self.queues[int(queue)].get_timer()
        return [[text_of(number) for number in timer.id] + fields(timer, "type resolution")]

    def start(self, queue):
        self.queues[int(queue)].start()
        self.client.drain_output()
        return []

    def go_on(self, queue):
        self.queues[int(queue)].continue_()
        self.client.drain_output()
        return []

    def stop(self, queue):
        self.queues[int(queue)].stop()
        self.client.drain_output()
        return []

    def set_filter(self, *types):
        for number in types:
            self.client.set_client_event_filter(EventType(int(number)))
        return []

    # Connections.

    def connect(self, sender, dest, exclusive, update, real, queue):
        self.client.subscribe_port(
            value_of(sender),
            value_of(dest),
            queue=int(queue),
            exclusive=bool(int(exclusive)),
            time_update=bool(int(update)),
            time_real=bool(int(real)),
        )
        return []

    def disconnect(self, sender, dest):
        self.client.unsubscribe_port(value_of(sender), value_of(dest))
        return []

    # Events.

    def receive(self):
        event = self.client.event_input(timeout=PATIENCE)
        if event is None:
            raise TimeoutError
        return description_of(event)

    def send(self, *event):
        self.client.event_output(event_of(event))
        self.client.drain_output()
        return []

    def remove_tagged(self, tag):
        conditions = RemoveCondition.OUTPUT | RemoveCondition.TAG_MATCH
        self.client.remove_events(RemoveEvents(condition=conditions, tag=int(tag)))
        return []


def main():
    peer = Peer(sys.argv[1])
    print(peer.client.client_id, flush=True)
    for line in sys.stdin:
        command, *arguments = line.rstrip("\n").split("\t")
        try:
            answer = getattr(peer, command)(*arguments)
        except Exception as error:
            print("!", type(error).__name__, error, sep="\t", flush=True)
            continue
        for row in answer:
            print(*row, sep="\t")
        print(".", flush=True)
    peer.client.close()


if __name__ == "__main__":
    main()
