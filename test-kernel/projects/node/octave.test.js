// Plays a note to the program, and waits for the note it sends.
const assert = require('node:assert');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const test = require('node:test');
const { Input, Output } = require('@julusian/midi');

function open(port, name) {
  for (let number = 0; number < port.getPortCount(); number++) {
    if (port.getPortName(number).includes(name)) {
      return port.openPort(number);
    }
  }
  throw new Error(`there is no port with ${name} in its name`);
}

test('a note comes back an octave higher', { timeout: 20000 }, async (t) => {
  const octave = spawn(process.execPath, [path.join(__dirname, 'octave.js')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => octave.kill());
  // The program prints a line when its ports exist.
  const [line] = await once(octave.stdout, 'data');
  assert.equal(String(line), 'ready\n');

  const synthesizer = new Input();
  const keyboard = new Output();
  t.after(() => {
    synthesizer.closePort();
    keyboard.closePort();
  });
  const note = once(synthesizer, 'message');
  open(synthesizer, 'Octave out');
  open(keyboard, 'Octave in');
  keyboard.sendMessage([0x90, 60, 100]);

  assert.deepEqual((await note)[1], [0x90, 72, 100]);
});
