// The baseline of `memory`: Node itself, with nothing to do. No TypeScript, whose stripping takes memory too.
setInterval(() => undefined, 1 << 30);
