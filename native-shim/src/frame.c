#include "frame.h"

#include <string.h>

static uint32_t table[8][256];

void fc_checksum_prepare(void)
{
    for (uint32_t k = 0; k < 256; k++) {
        uint32_t crc = k;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78u : 0);
        table[0][k] = crc;
    }
    for (int row = 1; row < 8; row++) {
        for (uint32_t k = 0; k < 256; k++)
            table[row][k] = (table[row - 1][k] >> 8) ^ table[0][table[row - 1][k] & 0xff];
    }
}

uint32_t fc_checksum(uint32_t seed, const uint8_t *data, size_t length)
{
    uint32_t crc = seed;
    for (; length >= 8; data += 8, length -= 8) {
        uint32_t low = crc ^ fc_read32(data), high = fc_read32(data + 4);
        crc = table[7][low & 0xff] ^ table[6][(low >> 8) & 0xff] ^ table[5][(low >> 16) & 0xff] ^ table[4][low >> 24]
            ^ table[3][high & 0xff] ^ table[2][(high >> 8) & 0xff] ^ table[1][(high >> 16) & 0xff] ^ table[0][high >> 24];
    }
    for (; length > 0; data++, length--)
        crc = (crc >> 8) ^ table[0][(crc ^ *data) & 0xff];
    return ~crc;
}

uint16_t fc_read16(const uint8_t *at) { return (uint16_t)(at[0] | at[1] << 8); }

uint32_t fc_read32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

int32_t fc_stream_payload(const uint8_t *data, uint32_t length, uint16_t stream, uint32_t epoch)
{
    if (length < FC_FRAME_HEADER || memcmp(data, "FCP1", 4) != 0 || data[4] != 1 || data[5] != FC_FRAME_STREAM
        || fc_read16(data + 6) != stream || fc_read32(data + 12) != epoch || fc_checksum(~0u, data, 28) != fc_read32(data + 28))
        return -1;
    uint32_t payload = fc_read16(data + 24), padded = (payload + 3) & ~3u;
    if (payload == 0 || FC_FRAME_HEADER + padded + 4 > length)
        return -1;
    uint32_t seed = fc_read32(data + 8) ^ epoch;
    return fc_checksum(seed, data + FC_FRAME_HEADER, padded) == fc_read32(data + FC_FRAME_HEADER + padded) ? (int32_t)payload : -1;
}

int fc_reflex_test(const fc_reflex *reflex, const uint8_t *payload, uint32_t length, uint32_t *run)
{
    for (uint32_t k = FC_STREAM_HEAD; k + 4 <= length; k += 4) {
        uint32_t bits = fc_read32(payload + k);
        float value;
        memcpy(&value, &bits, 4);
        float compared = reflex->comparator == FC_MAGNITUDE_ABOVE && value < 0 ? -value : value;
        int beyond = reflex->comparator == FC_BELOW ? compared < reflex->threshold : compared > reflex->threshold;
        *run = beyond ? *run + 1 : 0;
        if (*run >= reflex->consecutive)
            return 1;
    }
    return 0;
}
