/* Unnamed temporary files, in $TMPDIR or /tmp. */
#ifndef SPDYCAT_TEMPFILE_H
#define SPDYCAT_TEMPFILE_H

/* -1: `*problem` names the file and the reason; free() it. */
int tempfile_open(char **problem);

#endif
