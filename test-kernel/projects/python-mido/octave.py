"""Plays each note it receives, an octave higher."""

import mido


def higher(message):
    """The note an octave higher; None if there is none, or it is not a note."""
    if message.type in ("note_on", "note_off") and message.note <= 115:
        return message.copy(note=message.note + 12)
    return None


def main():
    with (
        mido.open_output("Octave out", virtual=True) as output,
        mido.open_input("Octave in", virtual=True) as notes,
    ):
        print("ready", flush=True)
        for message in notes:
            note = higher(message)
            if note:
                output.send(note)


if __name__ == "__main__":
    main()
