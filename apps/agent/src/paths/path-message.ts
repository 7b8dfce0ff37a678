/** What a probe of a path carries: the listener's token, a number, and filling up to its size. */
const tokenBytes = 16;
const answerBytes = tokenBytes + 8;

/** Fewer bytes of data carry no probe. */
export const leastProbeBytes = answerBytes;

export function probeMessage(token: string, number: number, bytes: number): Buffer {
  const message = Buffer.alloc(bytes, 0x66);
  message.write(token, 'hex');
  message.writeUInt32BE(number, tokenBytes);
  return message;
}

/** Never longer than what it answers, so that a forged sender gains nothing; null for what is no probe. */
export function answerTo(message: Buffer, token: string): Buffer | null {
  if (message.length < leastProbeBytes) return null;
  if (message.toString('hex', 0, tokenBytes) !== token) return null;
  const answer = Buffer.from(message.subarray(0, answerBytes));
  answer.writeUInt32BE(message.length, tokenBytes + 4);
  return answer;
}

/** Whether an answer says that the numbered probe arrived with all of its bytes. */
export function saysArrived(answer: Buffer, probe: Buffer): boolean {
  return (
    answer.length === answerBytes &&
    answer.compare(probe, 0, tokenBytes + 4, 0, tokenBytes + 4) === 0 &&
    answer.readUInt32BE(tokenBytes + 4) === probe.length
  );
}
