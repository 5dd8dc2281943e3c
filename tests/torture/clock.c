/* A wall clock that can be stepped while a process runs: preloaded into processes of the torture, and into no other.

   STEPPED_CLOCK names a file of one 64-bit number: the nanoseconds that this clock is ahead. The monotonic clock, by
   which processes wait, stays true, as it does when an operator or NTP steps a real machine. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const int64_t billion = 1000000000;
static const volatile int64_t never = 0;
static const volatile int64_t *ahead = &never;

__attribute__((constructor)) static void find_the_clock(void) {
  const char *file = getenv("STEPPED_CLOCK");
  int fd = file ? open(file, O_RDONLY | O_CLOEXEC) : -1;
  void *found = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
  if (found != MAP_FAILED) ahead = found;
  if (fd >= 0) close(fd);
}

static void move(struct timespec *moment, int64_t by) {
  int64_t all = moment->tv_sec * billion + moment->tv_nsec + by;
  moment->tv_sec = all / billion;
  moment->tv_nsec = all % billion;
}

int clock_gettime(clockid_t clock, struct timespec *answer) {
  int failed = (int)syscall(SYS_clock_gettime, clock, answer);
  if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) move(answer, *ahead);
  return failed;
}

int gettimeofday(struct timeval *restrict answer, void *restrict zone) {
  struct timespec now;
  (void)zone;
  if (clock_gettime(CLOCK_REALTIME, &now)) return -1;
  answer->tv_sec = now.tv_sec;
  answer->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *answer) {
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now)) return -1;
  if (answer) *answer = now.tv_sec;
  return now.tv_sec;
}

/* Its deadline is a time of the wall clock, and the kernel's has not been stepped. */
int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict until) {
  int (*real)(sem_t *, const struct timespec *) = (int (*)(sem_t *, const struct timespec *))dlsym(RTLD_NEXT, "sem_timedwait");
  struct timespec deadline = *until;
  move(&deadline, -*ahead);
  return real(semaphore, &deadline);
}
