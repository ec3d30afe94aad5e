#define _POSIX_C_SOURCE 200809L

#include "progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../client/clock.h"
#include "../client/xalloc.h"

#define TICK_US 200000
#define QUIET_US 1000000
#define BAR_MAX 40

static struct {
  struct event *timer;
  const struct progress_totals *totals;
  int64_t started;
  double rate; /* bytes per second, smoothed */
  int64_t last_tick;
  uint64_t last_bytes;
  bool drawn;
} bar;

static const char *human_size(char *buf, size_t size, double bytes) {
  static const char *const UNITS[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  size_t unit = 0;
  while (bytes >= 1024 && unit + 1 < sizeof(UNITS) / sizeof(UNITS[0])) {
    bytes /= 1024;
    unit++;
  }
  snprintf(buf, size, unit == 0 ? "%.0f %s" : "%.1f %s", bytes, UNITS[unit]);
  return buf;
}

static size_t terminal_width(void) {
  struct winsize ws;
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0) {
    return ws.ws_col;
  }
  return 80;
}

/* An average over about a second, so that the figure can be read. */
static void update_rate(uint64_t bytes) {
  int64_t now = clock_now();
  double seconds = (double)(now - bar.last_tick) / 1e6;
  if (seconds <= 0) {
    return;
  }
  double current = (double)(bytes - bar.last_bytes) / seconds;
  bar.rate = bar.rate == 0 ? current : bar.rate * 0.8 + current * 0.2;
  bar.last_tick = now;
  bar.last_bytes = bytes;
}

/* "[=====>    ]  42%  12.0 MiB of 28.6 MiB  5.1 MiB/s  0:03  2/5". Without a known total there is
 * no bar, percentage and remaining time. */
static void draw(uint64_t bytes, uint64_t total) {
  char done[32], all[32], rate[32], figures[160];
  human_size(done, sizeof(done), (double)bytes);
  human_size(rate, sizeof(rate), bar.rate);
  if (total == 0 || bytes > total) {
    snprintf(figures, sizeof(figures), "%s  %s/s  %zu/%zu", done, rate, bar.totals->finished,
             bar.totals->requests);
    fprintf(stderr, "\r\033[K%.*s", (int)terminal_width() - 1, figures);
    return;
  }

  double share = (double)bytes / (double)total;
  long left = bar.rate > 1 ? (long)((double)(total - bytes) / bar.rate) : 0;
  human_size(all, sizeof(all), (double)total);
  int len = snprintf(figures, sizeof(figures), "%3.0f%%  %s of %s  %s/s  %ld:%02ld  %zu/%zu",
                     share * 100, done, all, rate, left / 60, left % 60, bar.totals->finished,
                     bar.totals->requests);

  char cells[BAR_MAX + 1];
  size_t width = terminal_width();
  size_t room = width > (size_t)len + 5 ? width - (size_t)len - 5 : 0;
  size_t cell_count = room < BAR_MAX ? room : BAR_MAX;
  size_t filled = (size_t)(share * (double)cell_count);
  memset(cells, ' ', cell_count);
  memset(cells, '=', filled);
  if (filled > 0 && filled < cell_count) {
    cells[filled - 1] = '>';
  }
  cells[cell_count] = '\0';
  fprintf(stderr, "\r\033[K[%s] %s", cells, figures);
}

static void on_tick(evutil_socket_t fd, short what, void *arg) {
  (void)fd;
  (void)what;
  (void)arg;
  const struct progress_totals *t = bar.totals;
  bool upload = t->to_upload > 0 && t->uploaded < t->to_upload;
  uint64_t bytes = upload ? t->uploaded : t->received;
  if (bytes < bar.last_bytes) {
    bar.last_bytes = bytes; /* from upload to download */
  }
  update_rate(bytes);
  if (clock_now() - bar.started < QUIET_US) {
    return;
  }
  uint64_t total = upload ? t->to_upload : t->unsized > 0 ? 0 : t->expected;
  draw(bytes, total);
  bar.drawn = true;
}

void progress_start(struct event_base *base, const struct progress_totals *totals) {
  if (!isatty(STDERR_FILENO)) {
    return;
  }
  bar.totals = totals;
  bar.started = bar.last_tick = clock_now();
  bar.timer = xcheck(event_new(base, -1, EV_PERSIST, on_tick, NULL));
  const struct timeval tick = {.tv_usec = TICK_US};
  event_add(bar.timer, &tick);
}

void progress_erase(void) {
  if (bar.drawn) {
    fputs("\r\033[K", stderr);
    bar.drawn = false;
  }
}

void progress_stop(void) {
  progress_erase();
  if (bar.timer != NULL) {
    event_free(bar.timer);
    bar.timer = NULL;
  }
}
