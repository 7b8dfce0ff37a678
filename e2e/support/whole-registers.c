/*
 * Preloaded into user-mode Linux 6.1, whose area for a guest's registers is smaller than that of a processor
 * with tile registers: the host's kernel takes the whole area or refuses it (PTRACE_SETREGSET with NT_X86_XSTATE
 * fails with EFAULT, and the guest panics on its first process). What the caller does not know is read before
 * and written back as it was.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>

typedef long (*ptrace_call)(int, pid_t, void *, void *);

long ptrace(enum __ptrace_request request, ...) {
  static ptrace_call next;
  static __thread char whole[65536] __attribute__((aligned(64)));
  va_list arguments;
  va_start(arguments, request);
  pid_t pid = va_arg(arguments, pid_t);
  void *address = va_arg(arguments, void *);
  void *data = va_arg(arguments, void *);
  va_end(arguments);
  if (next == NULL) next = (ptrace_call)dlsym(RTLD_NEXT, "ptrace");
  if (request != PTRACE_SETREGSET || (long)address != NT_X86_XSTATE)
    return next(request, pid, address, data);

  struct iovec *given = data;
  struct iovec area = {whole, sizeof whole};
  if (next(PTRACE_GETREGSET, pid, address, &area) < 0 || area.iov_len <= given->iov_len)
    return next(request, pid, address, data);
  memcpy(whole, given->iov_base, given->iov_len);
  return next(request, pid, address, &area);
}
