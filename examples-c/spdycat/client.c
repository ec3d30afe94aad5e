#define _POSIX_C_SOURCE 200809L

#include "client.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../client/xalloc.h"
#include "interrupt.h"
#include "report.h"
#include "schedule.h"
#include "tls.h"
#include "trace.h"

/* Queues one URI. False after telling the user what is wrong with it. */
static bool add_uri(struct client *client, const char *text) {
  struct uri uri;
  const char *why;
  if (!uri_parse(&uri, text, &why)) {
    report(text, why);
    return false;
  }
  schedule_add(client, &uri, NULL, 0);
  return true;
}

static enum outcome add_uris_from(struct client *client, FILE *in, const char *name) {
  char *line = NULL;
  size_t size = 0;
  ssize_t len;
  enum outcome outcome = OUTCOME_OK;
  while (outcome == OUTCOME_OK && (len = getline(&line, &size, in)) >= 0) {
    while (len > 0 && strchr(" \t\r\n", line[len - 1]) != NULL) {
      line[--len] = '\0';
    }
    const char *text = line + strspn(line, " \t");
    if (*text != '\0' && *text != '#' && !add_uri(client, text)) {
      outcome = OUTCOME_USAGE;
    }
  }
  if (ferror(in)) {
    report(name, strerror(errno));
    outcome = OUTCOME_LOCAL_IO;
  }
  free(line);
  return outcome;
}

static enum outcome add_input_file(struct client *client, const char *file) {
  if (strcmp(file, "-") == 0) {
    return add_uris_from(client, stdin, "standard input");
  }
  FILE *in = fopen(file, "r");
  if (in == NULL) {
    report(file, strerror(errno));
    return OUTCOME_LOCAL_IO;
  }
  enum outcome outcome = add_uris_from(client, in, file);
  fclose(in);
  return outcome;
}

static enum outcome add_all_uris(struct client *client) {
  const struct options *o = client->options;
  for (char **text = o->uris; *text != NULL; text++) {
    if (!add_uri(client, *text)) {
      return OUTCOME_USAGE;
    }
  }
  if (o->input_file != NULL) {
    enum outcome outcome = add_input_file(client, o->input_file);
    if (outcome != OUTCOME_OK) {
      return outcome;
    }
  }
  bool several = client->totals.requests > 1 || o->get_assets;
  if (options_destination(o) == TO_FILE && several) {
    report("-o", "one file cannot hold several responses; use -O or --output-dir");
    return OUTCOME_USAGE;
  }
  return OUTCOME_OK;
}

/* Sockets and files for every request in flight. If the system does not allow it, opening the one
 * too many fails, and says so. */
static void raise_file_limit(size_t max_concurrent) {
  struct rlimit limit;
  rlim_t wanted = 2 * (rlim_t)max_concurrent + 64;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < wanted) {
    limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

/* Everything that can go wrong locally goes wrong here, before the network is touched. */
static enum outcome prepare(struct client *client) {
  const struct options *o = client->options;
  char *why = NULL;

  enum outcome outcome = add_all_uris(client);
  if (outcome != OUTCOME_OK) {
    return outcome;
  }
  if (!o->no_tls) {
    client->tls = tls_context_new(o, &why);
    if (client->tls == NULL) {
      report("TLS", why);
      free(why);
      return OUTCOME_LOCAL_IO;
    }
  }
  if (o->output_dir != NULL && mkdir(o->output_dir, 0777) != 0 && errno != EEXIST) {
    report(o->output_dir, strerror(errno));
    return OUTCOME_LOCAL_IO;
  }
  if (o->data != NULL) {
    bool repeated = client->totals.requests > 1 || o->get_assets;
    client->upload = upload_open(client->base, o->data, repeated, &why);
    if (client->upload == NULL) {
      report("-d", why);
      free(why);
      return OUTCOME_LOCAL_IO;
    }
    int64_t size = upload_size(client->upload);
    client->totals.to_upload = size < 0 ? 0 : (uint64_t)size * client->totals.requests;
  }
  client->resolver = resolver_new(client->base);
  if (client->resolver == NULL) {
    report("pipe", strerror(errno));
    return OUTCOME_LOCAL_IO;
  }
  if (o->har != NULL) {
    client->har = har_new(o->har);
  }
  if (o->stat) {
    client->stats = stats_new();
  }
  raise_file_limit(o->max_concurrent);
  return OUTCOME_OK;
}

static void on_interrupt(void *arg) {
  struct client *client = arg;
  schedule_abort(client, OUTCOME_INTERNAL, strsignal(interrupt_signal()));
  schedule_wake(client);
}

static void fetch(struct client *client) {
  const struct options *o = client->options;
  interrupt_start(client->base, on_interrupt, client);
  bool writes_to_terminal = options_destination(o) == TO_STDOUT && isatty(STDOUT_FILENO);
  if (!o->verbose && !writes_to_terminal) {
    progress_start(client->base, &client->totals);
  }
  event_base_dispatch(client->base);
  progress_stop();
  interrupt_stop();

  if (client->stats != NULL) {
    stats_print(client->stats);
  }
  char *problem;
  if (client->har != NULL && !har_finish(client->har, &problem)) {
    report("--har", problem);
    free(problem);
    client->outcome = outcome_combine(client->outcome, OUTCOME_LOCAL_IO);
  }
}

static void client_free(struct client *client) {
  struct connection *connection;
  while ((connection = TAILQ_FIRST(&client->connections)) != NULL) {
    connection_destroy(connection);
  }
  struct request *request;
  while ((request = TAILQ_FIRST(&client->pending)) != NULL) {
    TAILQ_REMOVE(&client->pending, request, link);
    request_free(request);
  }
  schedule_free_origins(client);
  stats_free(client->stats);
  stdout_queue_free(&client->stdout_queue);
  upload_close(client->upload);
  strset_free(&client->requested);
  strset_free(&client->file_names);
  if (client->resolver != NULL) {
    resolver_free(client->resolver);
  }
  SSL_CTX_free(client->tls);
  event_free(client->schedule);
  event_base_free(client->base);
}

int client_run(const struct options *options) {
  struct client client = {.options = options};
  TAILQ_INIT(&client.pending);
  TAILQ_INIT(&client.origins);
  TAILQ_INIT(&client.connections);
  stdout_queue_init(&client.stdout_queue);
  client.base = xcheck(event_base_new());
  client.schedule = xcheck(event_new(client.base, -1, 0, schedule_run, &client));
  trace_start(options->verbose, options->color || isatty(STDERR_FILENO));

  client.outcome = prepare(&client);
  if (client.outcome == OUTCOME_OK) {
    fetch(&client);
  }
  int signal_number = interrupt_signal();
  int exit_code = signal_number != 0 ? 128 + signal_number : (int)client.outcome;
  client_free(&client);
  return exit_code;
}
