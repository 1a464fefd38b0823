/* Makes a disk ill for one file and what stands beside it, while a file of orders is there: see illDisk.test.ts.
 * ILL_FILE: beginning of the paths concerned. ILL_ORDERS: `$ILL_ORDERS.sync` makes fsync and fdatasync fail with EIO,
 * `$ILL_ORDERS.full` makes writes fail with ENOSPC. Loaded by LD_PRELOAD, before the C library's own functions. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int ordered(const char *kind, int file) {
  const char *orders = getenv("ILL_ORDERS"), *concerned = getenv("ILL_FILE");
  char order[4096], link[64], path[4096];
  if (!orders || !concerned) return 0;
  snprintf(order, sizeof order, "%s.%s", orders, kind);
  if (access(order, F_OK) != 0) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return strncmp(path, concerned, strlen(concerned)) == 0;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int fsync(int file) {
  if (ordered("sync", file)) return errno = EIO, -1;
  return NEXT(fsync)(file);
}
int fdatasync(int file) {
  if (ordered("sync", file)) return errno = EIO, -1;
  return NEXT(fdatasync)(file);
}
ssize_t write(int file, const void *bytes, size_t count) {
  if (ordered("full", file)) return errno = ENOSPC, -1;
  return NEXT(write)(file, bytes, count);
}
ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) {
  if (ordered("full", file)) return errno = ENOSPC, -1;
  return NEXT(pwrite)(file, bytes, count, at);
}
ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
  if (ordered("full", file)) return errno = ENOSPC, -1;
  return NEXT(pwrite64)(file, bytes, count, at);
}
