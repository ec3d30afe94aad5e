/* Answers to GET and HEAD from the served folder. */
#ifndef SPDYD_STATIC_FILE_H
#define SPDYD_STATIC_FILE_H

struct stream;

/* Answers now, or puts the stream in line for a file slot, whose turn calls this again. */
void static_file_respond(struct stream *stream);

#endif
