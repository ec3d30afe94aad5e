/* The main thread's work: takes signals, accepts connections and hands them to the workers. */
#ifndef SPDYD_DISPATCHER_H
#define SPDYD_DISPATCHER_H

struct server;

/* Runs the workers until a signal stops the server and all of them have ended. Returns an
 * exit_code. */
int dispatcher_run(struct server *server);

#endif
