import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { existsSync } from 'node:fs';

/** The calls of the C library that Node has no API for. Each answers -1 for a failure, and `errno` then says which. */
export interface CLibrary {
  socket(family: number, type: number, protocol: number): number;
  connect(fd: number, address: Buffer, size: number): number;
  setsockopt(fd: number, level: number, name: number, value: Buffer, size: number): number;
  getsockname(fd: number, address: Buffer, size: Buffer): number;
  send(fd: number, data: Buffer, size: number, flags: number): number;
  recv(fd: number, data: Buffer, size: number, flags: number): number;
  ioctl(fd: number, request: number, argument: Buffer): number;
  close(fd: number): number;
  errno(): number;
}

interface Koffi {
  load(path: null): { func(declaration: string): (...values: unknown[]) => number };
  errno(): number;
}

let loaded: CLibrary | null = null;

/**
 * The C library by koffi (docs/adr/0006): loaded when first needed, since most agents never are asked for it.
 * Throws where neither the image nor the installed packages hold koffi for this machine.
 */
export function cLibrary(): CLibrary {
  loaded ??= open(koffi());
  return loaded;
}

function open(ffi: Koffi): CLibrary {
  const lib = ffi.load(null);
  return {
    socket: lib.func('int socket(int family, int type, int protocol)'),
    connect: lib.func('int connect(int fd, void *address, uint32_t size)'),
    setsockopt: lib.func('int setsockopt(int fd, int level, int name, void *value, uint32_t size)'),
    getsockname: lib.func('int getsockname(int fd, _Out_ void *address, _Inout_ void *size)'),
    send: lib.func('intptr_t send(int fd, void *data, size_t size, int flags)'),
    recv: lib.func('intptr_t recv(int fd, _Out_ void *data, size_t size, int flags)'),
    ioctl: lib.func('int ioctl(int fd, unsigned long request, _Inout_ void *argument)'),
    close: lib.func('int close(int fd)'),
    errno: () => ffi.errno(),
  };
}

function koffi(): Koffi {
  // Beside the program in the agent's image; out of node_modules elsewhere.
  const program = process.argv[1] ?? join(process.cwd(), 'agent.js');
  const beside = join(dirname(program), 'koffi.node');
  const name = existsSync(beside) ? beside : `@koromix/koffi-linux-${process.arch}`;
  return createRequire(program)(name) as Koffi;
}

/** Numbers of linux/errno.h that a probe can meet; they are the same on x86-64 and arm64. */
export const errors = {
  again: 11,
  messageTooLong: 90,
} as const;
