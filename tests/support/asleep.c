// A machine as it is after some sleep: so many seconds, read from the file ASLEEP at each call, have passed for every clock but the monotonic one.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *time) {
  long failed = syscall(SYS_clock_gettime, clock, time);
  FILE *file = clock == CLOCK_REALTIME || clock == CLOCK_BOOTTIME ? fopen(getenv("ASLEEP"), "r") : NULL;
  if (!file) return failed;
  long seconds = 0;
  if (fscanf(file, "%ld", &seconds) == 1) time->tv_sec += seconds;
  fclose(file);
  return failed;
}
