/* As much of FCP/1 as the pump must read by itself. Layout: src/FastCore.Microscopy/README.md. */
#ifndef FASTCORE_FRAME_H
#define FASTCORE_FRAME_H

#include "fastcore_shim.h"

#define FC_FRAME_HEADER 32
#define FC_FRAME_STREAM 5
/* Head of a stream payload in front of its samples. */
#define FC_STREAM_HEAD 12

/* CRC-32C continued from seed, complemented at the end. Call fc_checksum_prepare once before. */
void fc_checksum_prepare(void);
uint32_t fc_checksum(uint32_t seed, const uint8_t *data, size_t length);

uint16_t fc_read16(const uint8_t *at);
uint32_t fc_read32(const uint8_t *at);

/* Bytes of payload of a good stream frame of a number and an epoch at the start of data; -1 for anything else. */
int32_t fc_stream_payload(const uint8_t *data, uint32_t length, uint16_t stream, uint32_t epoch);

/* Whether the samples fulfil the condition; run counts those in a row, across frames. */
int fc_reflex_test(const fc_reflex *reflex, const uint8_t *payload, uint32_t length, uint32_t *run);

#endif
