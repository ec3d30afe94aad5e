#ifndef CLIENT_STANDARD_STREAMS_H
#define CLIENT_STANDARD_STREAMS_H

/* A standard stream that the parent has closed would let a socket take its number, and output would
 * be written into it. What is opened here instead cannot be written to. */
void occupy_standard_streams(void);

#endif
