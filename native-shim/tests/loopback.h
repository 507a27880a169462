/* Controls of the loopback libusb: a library with the symbols of libusb that the shim uses and a device in the same process. */
#ifndef FASTCORE_LOOPBACK_H
#define FASTCORE_LOOPBACK_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LOOPBACK_API __attribute__((visibility("default")))

/* Gives a transfer to the device's endpoint (0x81 to 0x83); it waits for a posted request. */
LOOPBACK_API void loopback_inject(uint8_t endpoint, const uint8_t *data, uint32_t length);
/* Encodes a sweep frame: sequence, epoch, first sample and value of all samples. Returns its length. */
LOOPBACK_API uint32_t loopback_stream_frame(uint8_t *to, uint32_t sequence, uint32_t epoch, uint32_t samples, float value);
/* The next transfers of an endpoint end with a libusb transfer status. */
LOOPBACK_API void loopback_fail(uint8_t endpoint, int status, int times);
/* Transfers to endpoint 0x01 are not taken until this is lifted. */
LOOPBACK_API void loopback_block(int blocked);
LOOPBACK_API void loopback_unplug(void);
LOOPBACK_API void loopback_reset(void);
/* How often a command (opcode) or a vendor request (0x8000 + request) has come. */
LOOPBACK_API uint32_t loopback_count(uint16_t code);
LOOPBACK_API uint32_t loopback_epoch(void);
/* A native thread that sends a stream frame every period; every spike_every-th holds a sample of 1, else 0. The time from giving such a frame
 * to the arrival of an ABORT is kept. Ends when frames were sent. */
LOOPBACK_API void loopback_start_stream(uint64_t period_ns, uint32_t frames, uint32_t spike_every);
LOOPBACK_API uint32_t loopback_reactions(uint64_t *nanoseconds, uint32_t room);
LOOPBACK_API uint32_t loopback_sent(void);

#ifdef __cplusplus
}
#endif

#endif
