"""Ports, names, clients and hot-plug through mido."""

import copy
import gc
import os
import pickle
import queue
import subprocess
import sys
import threading

from mido_help import (
    LONG, Input, IOPort, Output, Path, SequencerClient, await_no_clients, clients, in_thread,
    loop, mido, needs_sequencer, note, own_clients, pytest, state,
)

from alsa_sequencer import mido_backend
from alsa_sequencer.mido_backend import UnknownPortError, get_devices, watch

pytestmark = needs_sequencer

BACKEND = "alsa_sequencer.mido_backend"


@pytest.fixture
def backend():
    return mido.Backend(BACKEND, load=True)


@pytest.mark.parametrize("api", ["", "/LINUX_ALSA", "/seq"])
def test_mido_loads_the_back_end(api):
    backend = mido.Backend(BACKEND + api)
    with backend.open_input("taken", virtual=True) as input:
        assert backend.get_output_names()
        with backend.open_output(input.address) as output:
            output.send(note(1))
            assert input.receive(timeout=LONG) == note(1)
        assert "taken" in repr(input) and "input" in repr(input)


def test_an_unknown_api_is_refused():
    backend = mido.Backend(BACKEND + "/UNIX_JACK")
    with pytest.raises(ValueError, match="UNIX_JACK"):
        backend.open_input("x", virtual=True)
    with pytest.raises(ValueError, match="UNIX_JACK"):
        backend.get_input_names()
    assert mido_backend.get_api_names() == ["LINUX_ALSA"]


def test_devices():
    with Input("a: strange 1:2 name", virtual=True, client_name="dev") as input:
        found = [one for one in get_devices() if one["address"] == input.address]
        assert found == [{
            "name": f"dev:a: strange 1:2 name {input.address}",
            "is_input": False,
            "is_output": True,
            "address": input.address,
            "client": "dev",
            "port": "a: strange 1:2 name",
            "card": None,
        }]
        # Names are taken literally.
        with Output(found[0]["name"]) as output:
            assert output.name == found[0]["name"]
        with Output("a: strange 1:2 name"):
            pass
    through = [one for one in get_devices() if one["client"] == "Midi Through"]
    assert through == get_devices()[-1:]
    assert through[0]["is_input"] and through[0]["is_output"]
    cards = {one["card"] for one in get_devices() if "VirMIDI" in one["name"]}
    assert all(isinstance(card, int) for card in cards)


def test_a_port_is_found_by_every_form_of_its_name():
    with Input("form", virtual=True, client_name="forms") as input:
        number = input.address
        for name in (f"forms:form {number}", "forms:form", "form", "forms", number,
                     "forms:form 99:9"):
            with Output(name) as output:
                assert output.name == f"forms:form {number}"


def test_the_error_for_an_unknown_name_has_the_most_similar_names(backend):
    with Input("Piano", virtual=True, client_name="Keyboard"):
        with pytest.raises(UnknownPortError, match="Keyboard:Piano") as told:
            backend.open_output("Keybord:Piano")
        with pytest.raises(UnknownPortError, match="there is 'Keyboard:Piano"):
            backend.open_output("keybaord")
        with pytest.raises(UnknownPortError, match=r", and \d+ more$"):
            backend.open_output("")
    assert told.value.errno == 2
    assert isinstance(told.value, OSError)
    with pytest.raises(OSError, match="must have a name"):
        backend.open_output(virtual=True)
    with pytest.raises(TypeError, match="latency"):
        backend.open_output("Midi Through", latency=1)
    with pytest.raises(ValueError, match="on_disconnect"):
        backend.open_output("Midi Through", on_disconnect="panic")


def test_the_default_port_belongs_to_another_program(backend):
    with Input("own", virtual=True):
        with backend.open_output() as output:
            assert "own" not in output.name
        with backend.open_ioport() as both:
            assert both.name in backend.get_ioport_names()


def test_ports_with_the_same_client_name_share_the_client():
    with Input("one", virtual=True) as one, Output("two", virtual=True) as two:
        assert one.address.split(":")[0] == two.address.split(":")[0]
        with Input("three", virtual=True, client_name="named") as three:
            with IOPort("four", virtual=True, client_name="named") as four:
                assert three.address.split(":")[0] == four.address.split(":")[0]
                assert len(own_clients()) == 2
                assert clients()[int(three.address.split(":")[0])] == "named"
    assert own_clients() == []


def test_client_name_connects_to_an_existing_port_or_opens_a_virtual_one():
    with Input("target", virtual=True) as target:
        with Output("target", client_name="player") as connected:
            connected.send(note(1))
            assert target.receive(timeout=LONG) == note(1)
        with Output("nothing like it", client_name="player") as virtual:
            assert "virtual" in repr(virtual)


def test_listing_opens_no_client():
    get_devices()
    before = own_clients()
    assert len(before) == 1
    for _ in range(1000):
        get_devices()
    assert own_clients() == before
    with Input("only", virtual=True, client_name="only"):
        get_devices()
        assert len(own_clients()) == 1
    assert own_clients() == []


def test_closed_and_unreferenced_ports_are_removed():
    input = Input("forgotten", virtual=True)
    assert '"forgotten"' in state()
    del input
    assert '"forgotten"' not in state()
    with pytest.raises(RuntimeError), Input("left", virtual=True):
        raise RuntimeError
    assert '"left"' not in state()
    for _ in range(100):
        with loop() as (_, output):
            output.send(note(1))
    assert own_clients() == []
    assert Path("/proc/asound/seq/queues").read_text().count("owned by") == 0


def test_an_ioport_is_one_port():
    with IOPort("Midi Through") as port:
        port.send(note(1))
        assert port.receive(timeout=LONG) == note(1)
        assert state().count("Connecting To: 14:0") == 1
        assert "I/O port" in repr(port)


class TestIOPort:
    """The body of the class of this name in mido's tests, on a port of ours."""

    class Port(IOPort):
        def _open(self, **options):
            self.close_called = False
            super()._open(**options)

        def _close(self):
            self.close_called = True
            super()._close()

    @pytest.fixture
    def port(self):
        with self.Port("Name", virtual=True) as p:
            p._port.connect_to(p.address)
            yield p

    def test_basic(self, port):
        assert port.name == "Name"
        assert not port.closed
        assert port._messages is port._parser.messages

        with pytest.raises(TypeError):
            port.send("not a message")

    def test_recv_non_blocking(self, port):
        message = mido.Message("note_on")

        port.send(message)
        # The kernel takes a moment.
        assert port.receive(timeout=LONG) == message
        assert port.poll() is None

    def test_send_message(self, port):
        message = mido.Message("note_on")

        port.send(message)
        port.send(message)

    def test_port_close(self, port):
        port.close()
        assert port.close_called
        port.close_called = False
        port.close()
        assert port.closed
        assert not port.close_called

    def test_mido_port_non_blocking_recv(self, port):
        assert port.receive(block=False) is None


def test_new_and_removed_ports_are_reported():
    told = queue.Queue()
    with watch(lambda kind, device: told.put((kind, device["port"]))) as watching:
        with Input("comes", virtual=True, client_name="hot"):
            assert told.get(timeout=LONG) == ("added", "comes")
        assert told.get(timeout=LONG) == ("removed", "comes")
        watching.close()
    with Input("later", virtual=True):
        pass
    assert told.empty()
    await_no_clients()


def test_a_callback_of_watch_may_fail(caplog):
    told = queue.Queue()

    def callback(kind, device):
        told.put(kind)
        raise RuntimeError("a bug in the program")

    with watch(callback), SequencerClient("other") as other:
        with other.create_port("a"):
            assert told.get(timeout=LONG) == "added"
        assert told.get(timeout=LONG) == "removed"
    assert "a bug in the program" in caplog.text


def test_a_port_closes_when_its_device_is_removed():
    device = SequencerClient("device")
    port = device.create_port("keys")
    with Input("device:keys", on_disconnect="close") as input:
        received = in_thread(lambda: list(input))
        port.close()
        assert received() == []
        assert input.closed
    device.close()


def test_a_port_stays_when_its_device_is_removed():
    with SequencerClient("device") as device:
        port = device.create_port("keys")
        with Input("device:keys") as input:
            port.close()
            assert input.receive(timeout=0.2) is None
            assert not input.closed


@pytest.mark.parametrize("kind", [Input, Output, IOPort])
def test_a_port_connects_again_when_its_device_returns(kind):
    with SequencerClient("device") as device:
        port = device.create_port("keys")
        with kind("device:keys", on_disconnect="reconnect") as mine:
            with watch(lambda *_: None):
                device.close()
                with SequencerClient("in between"), SequencerClient("device") as again:
                    port = again.create_port("keys")
                    back = f"device:keys {port.client_id}:{port.port_id}"
                    for _ in range(LONG * 20):
                        if mine.name == back:
                            break
                        threading.Event().wait(0.05)
                    assert mine.name == back
                    if mine.is_output:
                        mine.send(note(1))
                        # The kernel tells it of the connections first.
                        events = iter(lambda: again.event_input(timeout=LONG), None)
                        assert next(e for e in events if hasattr(e, "note")).note == 1
                    if mine.is_input:
                        from alsa_sequencer import NoteOnEvent

                        again.event_output_direct(NoteOnEvent(2), port=port)
                        assert mine.receive(timeout=LONG).note == 2


def test_the_child_of_a_fork_has_no_ports():
    with loop() as (input, output):
        output.send(note(1))
        child = os.fork()
        if child == 0:
            code = 1
            try:
                assert input.closed and output.closed
                with pytest.raises(ValueError):
                    output.send(note(2))
                with pytest.raises(ValueError):
                    input.receive()
                assert input.poll() is None
                with loop() as (mine, to_mine):
                    to_mine.send(note(3))
                    assert mine.receive(timeout=LONG) == note(3)
                code = 0
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert input.receive(timeout=LONG) == note(1)
        output.send(note(4))
        assert input.receive(timeout=LONG) == note(4)


def test_an_error_contains_the_reason(tmp_path):
    program = f"""
import mido
from alsa_sequencer.mido_backend import clients
real = clients.SequencerClient
clients.SequencerClient = lambda name: real(name, device={str(tmp_path / "seq")!r})
backend = mido.Backend({BACKEND!r})
try:
    backend.get_input_names()
except OSError as error:
    print(error.errno, error)
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert told.stdout.startswith("2 "), told.stderr
    assert "snd-seq" in told.stdout or "snd_seq" in told.stdout


def script(name, *arguments):
    environment = {**os.environ, "MIDO_BACKEND": BACKEND}
    program = f"from mido.scripts.{name} import main; main()"
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=environment, capture_output=True, text=True, timeout=LONG,
    )


def test_mido_ports():
    with Input("listed", virtual=True) as input:
        told = script("mido_ports")
        assert told.returncode == 0, told.stderr
        assert f"listed {input.address}" in told.stdout


def test_mido_play(tmp_path):
    file = mido.MidiFile()
    file.tracks.append(mido.MidiTrack([note(1), note(2, time=10)]))
    path = tmp_path / "played.mid"
    file.save(path)
    with Input("plays", virtual=True) as input:
        told = script("mido_play", "-o", input.address, str(path))
        assert told.returncode == 0, told.stderr
        got = [message for message in input.iter_pending() if message.type == "note_on"]
        assert [message.note for message in got] == [1, 2]


def test_a_port_cannot_be_copied():
    with loop() as (input, output):
        for port in (input, output):
            for duplicate in (copy.copy, copy.deepcopy, pickle.dumps):
                with pytest.raises(TypeError, match="copied"):
                    duplicate(port)
        gc.collect()
        output.send(note(1))
        assert input.receive(timeout=LONG) == note(1)


def test_a_callback_must_be_callable():
    with pytest.raises(TypeError, match="callable, not str"):
        Input("no callback", virtual=True, callback="print")
    assert "no callback" not in state()
    with loop() as (input, output):
        with pytest.raises(TypeError, match="callable, not int"):
            input.callback = 5
        assert input.callback is None


def test_nan_as_time_out_of_drain_is_refused():
    with loop() as (_, output):
        output.send(note(1), delay=60)
        with pytest.raises(ValueError, match="timeout"):
            output.drain(float("nan"))
