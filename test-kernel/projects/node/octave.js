// Plays each note it receives, an octave higher.
const { Input, Output } = require('@julusian/midi');

const output = new Output();
output.openVirtualPort('Octave out');

const input = new Input();
input.on('message', (_, [status, key, velocity]) => {
  const note = status >= 0x80 && status < 0xa0;
  // Notes without a higher octave are left out.
  if (note && key <= 115) {
    output.sendMessage([status, key + 12, velocity]);
  }
});
input.openVirtualPort('Octave in');
console.log('ready');
