#include "fastcore_shim.h"
#include "frame.h"
#include "platform.h"

#include <libusb.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define PACKET 512
#define CONTROL_HEAD 8
#define CONTROL_BYTES 512
#define LARGEST_FRAME (32 + 16384 + 4)
#define SENDS 8            /* one for each credit of the device */
#define SMALL_FRAME 256    /* heartbeat, reflex */
#define MOST_ERRORS 16     /* in a row, before a pipe counts as halted */
#define CANCEL_NS 2000000000ull
#define REFLEX_NS 20000000ull
#define IDLE_NS 100000000ull
#define EMERGENCY_STOP 4
/* WinUSB ends a transfer by itself (policy SHORT_PACKET_TERMINATE); libusb knows the flag on Linux alone. */
#if defined(__linux__)
#define END_PACKET LIBUSB_TRANSFER_ADD_ZERO_PACKET
#else
#define END_PACKET 0
#endif

static const uint8_t pipe_endpoint[FC_PIPES] = {0x81, 0x82, 0x83};
static const uint8_t pipe_posted[FC_PIPES] = {4, 32, 4};
static const uint16_t pipe_slots[FC_PIPES] = {64, 1024, 64};
static const uint16_t pipe_bytes[FC_PIPES] = {4096, 4096, 512};

/* Idle and ended belong to the calling thread, posted to libusb. */
enum { IDLE, POSTED, ENDED };

typedef struct transfer {
    fc_pump *pump;
    struct libusb_transfer *usb;
    atomic_int state;
    int pipe;
    int status;
} transfer;

typedef struct pipe_state {
    fc_ring *ring;
    transfer *transfers;
    atomic_uint posted;
    atomic_int paused; /* what comes back stays */
    atomic_int halted;
    atomic_int error; /* of a transfer, to be told once */
    int errors_in_row;
    atomic_uint_least64_t completed, bytes;
} pipe_state;

struct fc_pump {
    libusb_context *context;
    libusb_device_handle *handle;
    char serial[128];
    pipe_state pipes[FC_PIPES];
    transfer control, sends[SENDS], heartbeat, reflex, stop;
    fc_thread *thread;
    atomic_int gone, closing, abandoned, realtime, locked;
    /* Changes with everything that the calling thread may wait for. */
    atomic_uint news;
    atomic_int waiting;
    atomic_uint_least64_t renewed;
    /* What the calling thread arms and the event thread uses. */
    fc_lock *lock;
    uint32_t heartbeat_length;
    uint64_t heartbeat_period, heartbeat_liveness, heartbeat_next;
    uint8_t heartbeat_frame[SMALL_FRAME];
    fc_reflex reflex_condition;
    uint32_t reflex_length, reflex_run, reflex_epoch;
    uint8_t reflex_frame[SMALL_FRAME];
    /* The event thread alone. */
    uint64_t reflex_deadline;
    atomic_uint_least64_t errors, resubmit_failures, heartbeats, withheld, reflexes, stops, reflex_ns;
    /* The calling thread alone. */
    uint64_t latency[32];
};

static void tell(fc_pump *p)
{
    atomic_fetch_add(&p->news, 1);
    if (atomic_load(&p->waiting) != 0)
        fc_wake(&p->news);
}

static void count(atomic_uint_least64_t *counter, uint64_t by) { atomic_fetch_add_explicit(counter, by, memory_order_relaxed); }

/* Waits for news since seen; 0 when the time is over. */
static int wait_news(fc_pump *p, unsigned seen, uint64_t end)
{
    uint64_t now = fc_now_ns();
    if (now >= end)
        return 0;
    atomic_store(&p->waiting, 1);
    fc_wait(&p->news, seen, end - now);
    atomic_store(&p->waiting, 0);
    return 1;
}

static void renew(fc_pump *p) { atomic_store_explicit(&p->renewed, fc_now_ns(), memory_order_relaxed); }

static int status_of(int status)
{
    switch (status) {
    case LIBUSB_TRANSFER_COMPLETED: return FC_OK;
    case LIBUSB_TRANSFER_TIMED_OUT: return FC_TIMEOUT;
    case LIBUSB_TRANSFER_CANCELLED: return FC_CANCELLED;
    case LIBUSB_TRANSFER_STALL: return FC_STALL;
    case LIBUSB_TRANSFER_NO_DEVICE: return FC_NO_DEVICE;
    case LIBUSB_TRANSFER_OVERFLOW: return FC_OVERFLOW;
    default: return FC_FAILED;
    }
}

static int code_of(int code) { return code == 0 ? FC_OK : code == LIBUSB_ERROR_NO_DEVICE ? FC_NO_DEVICE : FC_FAILED; }

static int post(transfer *t)
{
    atomic_store(&t->state, POSTED);
    int code = libusb_submit_transfer(t->usb);
    if (code == 0)
        return FC_OK;
    atomic_store(&t->state, IDLE);
    if (code == LIBUSB_ERROR_NO_DEVICE)
        atomic_store(&t->pump->gone, 1);
    return code_of(code);
}

static void LIBUSB_CALL on_end(struct libusb_transfer *usb)
{
    transfer *t = usb->user_data;
    t->status = status_of(usb->status);
    if (t->status == FC_NO_DEVICE)
        atomic_store(&t->pump->gone, 1);
    atomic_store(&t->state, ENDED);
    tell(t->pump);
}

/* The last way to stop: it works with every bulk queue stuck. */
static void emergency_stop(fc_pump *p)
{
    if (atomic_load(&p->stop.state) == POSTED)
        return;
    libusb_fill_control_setup(p->stop.usb->buffer, LIBUSB_REQUEST_TYPE_VENDOR | LIBUSB_ENDPOINT_OUT, EMERGENCY_STOP, 0, 0, 0);
    if (post(&p->stop) == FC_OK)
        count(&p->stops, 1);
}

static void look_for_reflex(fc_pump *p, const struct libusb_transfer *usb, uint64_t arrived)
{
    fc_lock_take(p->lock);
    int32_t payload = p->reflex_length == 0 || usb->actual_length <= 0 ? -1
        : fc_stream_payload(usb->buffer, (uint32_t)usb->actual_length, p->reflex_condition.stream, p->reflex_epoch);
    if (payload >= 0
        && fc_reflex_test(&p->reflex_condition, usb->buffer + FC_FRAME_HEADER, (uint32_t)payload, &p->reflex_run)) {
        memcpy(p->reflex.usb->buffer, p->reflex_frame, p->reflex_length);
        p->reflex.usb->length = (int)p->reflex_length;
        p->reflex_length = 0;
        count(&p->reflexes, 1);
        if (atomic_load(&p->reflex.state) != POSTED && post(&p->reflex) == FC_OK)
            p->reflex_deadline = fc_now_ns() + REFLEX_NS;
        else
            emergency_stop(p);
        atomic_store_explicit(&p->reflex_ns, fc_now_ns() - arrived, memory_order_relaxed);
    }
    fc_lock_give(p->lock);
}

static int is_own_reply(fc_pump *p, const struct libusb_transfer *usb)
{
    if (usb->actual_length < FC_FRAME_HEADER)
        return 0;
    fc_lock_take(p->lock);
    int own = p->heartbeat_length != 0 && memcmp(usb->buffer, p->heartbeat_frame, 4) == 0
        && memcmp(usb->buffer + 6, p->heartbeat_frame + 6, 10) == 0;
    fc_lock_give(p->lock);
    return own;
}

static void park(transfer *t)
{
    pipe_state *pipe = &t->pump->pipes[t->pipe];
    atomic_store(&t->state, IDLE);
    atomic_fetch_sub(&pipe->posted, 1);
}

static void LIBUSB_CALL on_received(struct libusb_transfer *usb)
{
    transfer *t = usb->user_data;
    fc_pump *p = t->pump;
    pipe_state *pipe = &p->pipes[t->pipe];
    int again = 1;
    switch (status_of(usb->status)) {
    case FC_OK: {
        uint64_t arrived = fc_now_ns();
        pipe->errors_in_row = 0;
        if (t->pipe == FC_STREAM)
            look_for_reflex(p, usb, arrived);
        count(&pipe->completed, 1);
        count(&pipe->bytes, (uint64_t)usb->actual_length);
        if (t->pipe == FC_REPLIES && is_own_reply(p, usb))
            break;
        fc_slot *slot = fc_ring_reserve(pipe->ring);
        if (slot != NULL) {
            slot->length = (uint32_t)usb->actual_length;
            slot->status = FC_OK;
            slot->t_ns = arrived;
            memcpy(slot->data, usb->buffer, (size_t)usb->actual_length);
            fc_ring_publish(pipe->ring);
        }
        break;
    }
    case FC_CANCELLED:
        again = 0;
        break;
    case FC_NO_DEVICE:
        atomic_store(&p->gone, 1);
        again = 0;
        break;
    case FC_STALL:
        count(&p->errors, 1);
        atomic_store(&pipe->halted, 1);
        again = 0;
        break;
    default:
        count(&p->errors, 1);
        atomic_store(&pipe->error, status_of(usb->status));
        /* A pipe that gives nothing but errors would keep this thread busy for ever. */
        if (++pipe->errors_in_row > MOST_ERRORS) {
            atomic_store(&pipe->halted, 1);
            again = 0;
        }
        break;
    }
    if (!again || atomic_load(&pipe->paused) != 0 || atomic_load(&p->closing) != 0) {
        park(t);
    } else {
        int code = libusb_submit_transfer(usb);
        if (code != 0) {
            park(t);
            if (code == LIBUSB_ERROR_NO_DEVICE) {
                atomic_store(&p->gone, 1);
            } else {
                count(&p->resubmit_failures, 1);
                atomic_store(&pipe->halted, 1);
            }
        }
    }
    tell(p);
}

/* Sends the heartbeat when it is due, and ESTOP when the reflex was not taken. Returns how long nothing is to be done. */
static uint64_t attend(fc_pump *p)
{
    uint64_t now = fc_now_ns(), idle = IDLE_NS;
    if (p->reflex_deadline != 0) {
        int state = atomic_load(&p->reflex.state);
        if (state == ENDED || now >= p->reflex_deadline) {
            p->reflex_deadline = 0;
            if (state != ENDED)
                libusb_cancel_transfer(p->reflex.usb);
            if (state != ENDED || p->reflex.status != FC_OK)
                emergency_stop(p);
        } else {
            idle = p->reflex_deadline - now;
        }
    }
    fc_lock_take(p->lock);
    if (p->heartbeat_length != 0 && atomic_load(&p->gone) == 0) {
        if (now >= p->heartbeat_next) {
            p->heartbeat_next = now + p->heartbeat_period;
            uint64_t renewed = atomic_load_explicit(&p->renewed, memory_order_relaxed);
            if (now > renewed && now - renewed > p->heartbeat_liveness) {
                count(&p->withheld, 1);
            } else if (atomic_load(&p->heartbeat.state) != POSTED) {
                memcpy(p->heartbeat.usb->buffer, p->heartbeat_frame, p->heartbeat_length);
                p->heartbeat.usb->length = (int)p->heartbeat_length;
                if (post(&p->heartbeat) == FC_OK)
                    count(&p->heartbeats, 1);
            }
        }
        if (p->heartbeat_next - now < idle)
            idle = p->heartbeat_next - now;
    }
    fc_lock_give(p->lock);
    return idle;
}

static transfer *fixed_transfer(fc_pump *p, int k)
{
    switch (k) {
    case 0: return &p->control;
    case 1: return &p->heartbeat;
    case 2: return &p->reflex;
    case 3: return &p->stop;
    default: return k - 4 < SENDS ? &p->sends[k - 4] : NULL;
    }
}

static void cancel_all(fc_pump *p)
{
    transfer *t;
    for (int k = 0; (t = fixed_transfer(p, k)) != NULL; k++) {
        if (atomic_load(&t->state) == POSTED)
            libusb_cancel_transfer(t->usb);
    }
    for (int pipe = 0; pipe < FC_PIPES; pipe++) {
        for (int k = 0; k < pipe_posted[pipe]; k++) {
            if (atomic_load(&p->pipes[pipe].transfers[k].state) == POSTED)
                libusb_cancel_transfer(p->pipes[pipe].transfers[k].usb);
        }
    }
}

static int all_back(fc_pump *p)
{
    transfer *t;
    for (int k = 0; (t = fixed_transfer(p, k)) != NULL; k++) {
        if (atomic_load(&t->state) == POSTED)
            return 0;
    }
    for (int pipe = 0; pipe < FC_PIPES; pipe++) {
        if (atomic_load(&p->pipes[pipe].posted) != 0)
            return 0;
    }
    return 1;
}

static void run(void *argument)
{
    fc_pump *p = argument;
    atomic_store(&p->realtime, fc_thread_hurry());
    uint64_t give_up = 0;
    while (1) {
        uint64_t idle = 10000000;
        if (atomic_load(&p->closing) == 0) {
            idle = attend(p);
        } else {
            if (give_up == 0) {
                give_up = fc_now_ns() + CANCEL_NS;
                cancel_all(p);
            }
            if (all_back(p))
                return;
            if (fc_now_ns() > give_up) {
                atomic_store(&p->abandoned, 1);
                return;
            }
        }
        struct timeval timeout = {.tv_sec = 0, .tv_usec = (int)((idle + 999) / 1000)};
        int code = libusb_handle_events_timeout_completed(p->context, &timeout, NULL);
        if (code != 0 && code != LIBUSB_ERROR_INTERRUPTED && atomic_load(&p->gone) != 0) {
            /* Without a device there is nothing to poll, and the loop must not spin. */
            fc_wait(&p->news, atomic_load(&p->news), 1000000);
        }
    }
}

static int new_transfer(fc_pump *p, transfer *t, int pipe, uint8_t endpoint, uint8_t type, int bytes, libusb_transfer_cb_fn callback)
{
    t->pump = p;
    t->pipe = pipe;
    atomic_init(&t->state, IDLE);
    t->usb = libusb_alloc_transfer(0);
    uint8_t *buffer = calloc(1, (size_t)bytes);
    if (t->usb == NULL || buffer == NULL) {
        free(buffer);
        return 0;
    }
    t->usb->dev_handle = p->handle;
    t->usb->endpoint = endpoint;
    t->usb->type = type;
    t->usb->length = bytes;
    t->usb->buffer = buffer;
    t->usb->callback = callback;
    t->usb->user_data = t;
    return 1;
}

static void free_transfer(transfer *t)
{
    if (t->usb == NULL)
        return;
    free(t->usb->buffer);
    libusb_free_transfer(t->usb);
}

static void free_all(fc_pump *p)
{
    transfer *t;
    for (int k = 0; (t = fixed_transfer(p, k)) != NULL; k++)
        free_transfer(t);
    for (int pipe = 0; pipe < FC_PIPES; pipe++) {
        for (int k = 0; p->pipes[pipe].transfers != NULL && k < pipe_posted[pipe]; k++)
            free_transfer(&p->pipes[pipe].transfers[k]);
        free(p->pipes[pipe].transfers);
        fc_ring_destroy(p->pipes[pipe].ring);
    }
    if (p->lock != NULL)
        fc_lock_destroy(p->lock);
    if (p->handle != NULL) {
        libusb_release_interface(p->handle, 0);
        libusb_close(p->handle);
    }
    libusb_exit(p->context);
    free(p);
}

static int find(fc_pump *p, uint16_t vendor, uint16_t product, const char *serial, int *denied)
{
    libusb_device **list;
    ssize_t devices = libusb_get_device_list(p->context, &list);
    int matching = 0;
    for (ssize_t k = 0; k < devices; k++) {
        struct libusb_device_descriptor descriptor;
        libusb_device_handle *handle;
        if (libusb_get_device_descriptor(list[k], &descriptor) != 0 || descriptor.idVendor != vendor || descriptor.idProduct != product)
            continue;
        int code = libusb_open(list[k], &handle);
        if (code != 0) {
            *denied = code;
            continue;
        }
        char text[sizeof p->serial] = {0};
        if (descriptor.iSerialNumber != 0)
            libusb_get_string_descriptor_ascii(handle, descriptor.iSerialNumber, (unsigned char *)text, sizeof text - 1);
        int wanted = serial == NULL || strcmp(serial, text) == 0;
        matching += wanted;
        if (wanted && p->handle == NULL) {
            p->handle = handle;
            memcpy(p->serial, text, sizeof text);
        } else {
            libusb_close(handle);
        }
    }
    if (devices >= 0)
        libusb_free_device_list(list, 1);
    if (matching == 1)
        return FC_OK;
    if (p->handle != NULL)
        libusb_close(p->handle);
    p->handle = NULL;
    return matching == 0 ? FC_NO_DEVICE : FC_FAILED;
}

static int post_pipe(fc_pump *p, int number)
{
    pipe_state *pipe = &p->pipes[number];
    for (int k = 0; k < pipe_posted[number]; k++) {
        transfer *t = &pipe->transfers[k];
        if (atomic_load(&t->state) != IDLE)
            continue;
        atomic_fetch_add(&pipe->posted, 1);
        int code = post(t);
        if (code != FC_OK) {
            atomic_fetch_sub(&pipe->posted, 1);
            return code;
        }
    }
    return FC_OK;
}

static int prepare(fc_pump *p)
{
    int good = new_transfer(p, &p->control, -1, 0, LIBUSB_TRANSFER_TYPE_CONTROL, CONTROL_HEAD + CONTROL_BYTES, on_end)
        && new_transfer(p, &p->stop, -1, 0, LIBUSB_TRANSFER_TYPE_CONTROL, CONTROL_HEAD, on_end)
        && new_transfer(p, &p->heartbeat, -1, 1, LIBUSB_TRANSFER_TYPE_BULK, SMALL_FRAME, on_end)
        && new_transfer(p, &p->reflex, -1, 1, LIBUSB_TRANSFER_TYPE_BULK, SMALL_FRAME, on_end);
    for (int k = 0; good && k < SENDS; k++)
        good = new_transfer(p, &p->sends[k], -1, 1, LIBUSB_TRANSFER_TYPE_BULK, LARGEST_FRAME, on_end);
    int locked = 1;
    for (int number = 0; good && number < FC_PIPES; number++) {
        pipe_state *pipe = &p->pipes[number];
        pipe->ring = fc_ring_create(pipe_slots[number], pipe_bytes[number]);
        pipe->transfers = calloc(pipe_posted[number], sizeof(transfer));
        good = pipe->ring != NULL && pipe->transfers != NULL;
        for (int k = 0; good && k < pipe_posted[number]; k++) {
            uint8_t type = number == FC_EVENTS ? LIBUSB_TRANSFER_TYPE_INTERRUPT : LIBUSB_TRANSFER_TYPE_BULK;
            good = new_transfer(p, &pipe->transfers[k], number, pipe_endpoint[number], type, pipe_bytes[number], on_received);
        }
        locked &= good && fc_ring_is_locked(pipe->ring);
    }
    atomic_store(&p->locked, locked);
    return good;
}

int fc_pump_open(uint16_t vendor, uint16_t product, const char *serial, fc_pump **pump, int *denied)
{
    *pump = NULL;
    *denied = 0;
    fc_checksum_prepare();
    fc_pump *p = calloc(1, sizeof *p);
    if (p == NULL)
        return LIBUSB_ERROR_NO_MEM;
    int code = libusb_init(&p->context);
    if (code != 0) {
        free(p);
        return code;
    }
    p->lock = fc_lock_create();
    code = p->lock == NULL ? LIBUSB_ERROR_NO_MEM : find(p, vendor, product, serial, denied);
    if (code == 0)
        code = libusb_claim_interface(p->handle, 0);
    if (code == 0 && !prepare(p))
        code = LIBUSB_ERROR_NO_MEM;
    renew(p);
    if (code == 0) {
        p->thread = fc_thread_start(run, p);
        code = p->thread == NULL ? LIBUSB_ERROR_NO_MEM : 0;
    }
    if (code != 0) {
        free_all(p);
        return code;
    }
    for (int number = 0; number < FC_PIPES; number++)
        post_pipe(p, number);
    *pump = p;
    return 0;
}

void fc_pump_close(fc_pump *p)
{
    if (p == NULL)
        return;
    atomic_store(&p->closing, 1);
    libusb_interrupt_event_handler(p->context);
    fc_thread_join(p->thread);
    /* Memory that a driver may still write to is left alone. */
    if (atomic_load(&p->abandoned) == 0)
        free_all(p);
}

const char *fc_pump_serial(const fc_pump *p) { return p->serial; }

int fc_pump_is_realtime(const fc_pump *p) { return atomic_load(&((fc_pump *)(uintptr_t)p)->realtime); }

int fc_pump_is_locked(const fc_pump *p) { return atomic_load(&((fc_pump *)(uintptr_t)p)->locked); }

/* Posts a transfer and waits for its end. */
static int transact(transfer *t, uint64_t timeout_ns)
{
    fc_pump *p = t->pump;
    if (atomic_load(&p->gone) != 0)
        return FC_NO_DEVICE;
    int code = post(t);
    if (code != FC_OK)
        return code;
    for (int cancelled = 0; cancelled < 2; cancelled++) {
        uint64_t end = fc_now_ns() + (cancelled ? CANCEL_NS : timeout_ns);
        while (1) {
            unsigned seen = atomic_load(&p->news);
            if (atomic_load(&t->state) == ENDED) {
                atomic_store(&t->state, IDLE);
                return t->status == FC_CANCELLED ? FC_TIMEOUT : t->status;
            }
            if (!wait_news(p, seen, end))
                break;
        }
        if (!cancelled)
            libusb_cancel_transfer(t->usb);
    }
    /* A transfer that does not come back: the device is given up. */
    atomic_store(&p->gone, 1);
    return FC_NO_DEVICE;
}

int fc_pump_control(fc_pump *p, uint8_t type, uint8_t request, uint16_t value, uint16_t index, uint8_t *data, uint32_t *length,
                    uint64_t timeout_ns)
{
    uint32_t asked = *length;
    *length = 0;
    renew(p);
    if (asked > CONTROL_BYTES || atomic_load(&p->control.state) == POSTED)
        return FC_FAILED;
    struct libusb_transfer *usb = p->control.usb;
    libusb_fill_control_setup(usb->buffer, type, request, value, index, (uint16_t)asked);
    usb->length = (int)(CONTROL_HEAD + asked);
    int input = (type & LIBUSB_ENDPOINT_IN) != 0;
    if (!input && asked > 0)
        memcpy(usb->buffer + CONTROL_HEAD, data, asked);
    int status = transact(&p->control, timeout_ns);
    if (status != FC_OK)
        return status;
    *length = (uint32_t)usb->actual_length;
    if (input && usb->actual_length > 0)
        memcpy(data, usb->buffer + CONTROL_HEAD, (size_t)usb->actual_length);
    return FC_OK;
}

int fc_pump_send(fc_pump *p, const uint8_t *data, uint32_t length, uint64_t timeout_ns)
{
    renew(p);
    if (length > LARGEST_FRAME)
        return FC_FAILED;
    for (int k = 0; k < SENDS; k++) {
        transfer *t = &p->sends[k];
        if (atomic_load(&t->state) == POSTED)
            continue;
        memcpy(t->usb->buffer, data, length);
        t->usb->length = (int)length;
        t->usb->flags = length % PACKET == 0 ? END_PACKET : 0;
        return transact(t, timeout_ns);
    }
    return FC_FAILED;
}

int fc_pump_receive(fc_pump *p, int number, uint64_t timeout_ns, fc_slot **slot)
{
    *slot = NULL;
    if (number < 0 || number >= FC_PIPES)
        return FC_FAILED;
    renew(p);
    pipe_state *pipe = &p->pipes[number];
    uint64_t end = 0;
    while (1) {
        unsigned seen = atomic_load(&p->news);
        if ((*slot = fc_ring_lease(pipe->ring)) != NULL) {
            uint64_t waited = fc_now_ns() - (*slot)->t_ns;
            int bucket = 0;
            while (bucket < 31 && (waited >>= 1) != 0)
                bucket++;
            p->latency[bucket]++;
            return FC_OK;
        }
        if (atomic_load(&p->gone) != 0)
            return FC_NO_DEVICE;
        if (atomic_load(&pipe->halted) != 0)
            return FC_STALL;
        int error = atomic_exchange(&pipe->error, 0);
        if (error != 0)
            return error;
        if (end == 0)
            end = fc_now_ns() + timeout_ns;
        if (!wait_news(p, seen, end))
            return FC_TIMEOUT;
        renew(p);
    }
}

void fc_pump_release(fc_pump *p, int number)
{
    if (number >= 0 && number < FC_PIPES)
        fc_ring_release(p->pipes[number].ring);
}

int fc_pump_clear_halt(fc_pump *p, int number)
{
    renew(p);
    if (atomic_load(&p->gone) != 0)
        return FC_NO_DEVICE;
    if (number < 0 || number >= FC_PIPES)
        return code_of(libusb_clear_halt(p->handle, 0x01));
    pipe_state *pipe = &p->pipes[number];
    /* All that wait on a halted endpoint end with it, one after the other; a late one would look like a second halt. */
    atomic_store(&pipe->paused, 1);
    uint64_t end = fc_now_ns() + CANCEL_NS;
    while (atomic_load(&pipe->posted) != 0) {
        unsigned seen = atomic_load(&p->news);
        /* Again and again: one that was on its way back when the pipe was paused may have been posted once more. */
        for (int k = 0; k < pipe_posted[number]; k++) {
            if (atomic_load(&pipe->transfers[k].state) == POSTED)
                libusb_cancel_transfer(pipe->transfers[k].usb);
        }
        uint64_t now = fc_now_ns();
        if (atomic_load(&p->gone) != 0 || now >= end) {
            atomic_store(&p->gone, 1);
            return FC_NO_DEVICE;
        }
        if (atomic_load(&pipe->posted) != 0)
            wait_news(p, seen, now + 5000000);
    }
    int code = code_of(libusb_clear_halt(p->handle, pipe_endpoint[number]));
    pipe->errors_in_row = 0;
    atomic_store(&pipe->error, 0);
    atomic_store(&pipe->halted, code == FC_FAILED);
    atomic_store(&pipe->paused, 0);
    if (code == FC_NO_DEVICE)
        atomic_store(&p->gone, 1);
    return code == FC_OK ? post_pipe(p, number) : code;
}

void fc_pump_discard(fc_pump *p)
{
    for (int number = 0; number < FC_PIPES; number++) {
        while (fc_ring_lease(p->pipes[number].ring) != NULL)
            fc_ring_release(p->pipes[number].ring);
    }
}

int fc_pump_arm_heartbeat(fc_pump *p, const uint8_t *frame, uint32_t length, uint64_t period_ns, uint64_t liveness_ns)
{
    if (length > SMALL_FRAME || (length != 0 && (length < FC_FRAME_HEADER || period_ns == 0)))
        return FC_FAILED;
    renew(p);
    fc_lock_take(p->lock);
    p->heartbeat_length = length;
    p->heartbeat_period = period_ns;
    p->heartbeat_liveness = liveness_ns;
    p->heartbeat_next = 0;
    if (length != 0)
        memcpy(p->heartbeat_frame, frame, length);
    fc_lock_give(p->lock);
    if (length != 0)
        libusb_interrupt_event_handler(p->context);
    return FC_OK;
}

void fc_pump_renew(fc_pump *p) { renew(p); }

int fc_pump_arm_reflex(fc_pump *p, const fc_reflex *reflex, const uint8_t *frame, uint32_t length)
{
    if (length > SMALL_FRAME || (length != 0 && (length < FC_FRAME_HEADER || reflex->consecutive == 0 || reflex->comparator > FC_BELOW)))
        return FC_FAILED;
    fc_lock_take(p->lock);
    p->reflex_length = length;
    p->reflex_run = 0;
    if (length != 0) {
        p->reflex_condition = *reflex;
        p->reflex_epoch = fc_read32(frame + 12);
        memcpy(p->reflex_frame, frame, length);
    }
    fc_lock_give(p->lock);
    return FC_OK;
}

static uint64_t read_count(const atomic_uint_least64_t *counter)
{
    return atomic_load_explicit((atomic_uint_least64_t *)(uintptr_t)counter, memory_order_relaxed);
}

void fc_pump_statistics(const fc_pump *p, fc_statistics *s)
{
    memset(s, 0, sizeof *s);
    for (int number = 0; number < FC_PIPES; number++) {
        s->transfers[number] = read_count(&p->pipes[number].completed);
        s->bytes[number] = read_count(&p->pipes[number].bytes);
        s->dropped[number] = fc_ring_dropped(p->pipes[number].ring);
        s->high_water[number] = fc_ring_high_water(p->pipes[number].ring);
    }
    s->errors = read_count(&p->errors);
    s->resubmit_failures = read_count(&p->resubmit_failures);
    s->heartbeats = read_count(&p->heartbeats);
    s->heartbeats_withheld = read_count(&p->withheld);
    s->reflexes = read_count(&p->reflexes);
    s->emergency_stops = read_count(&p->stops);
    s->reflex_ns = read_count(&p->reflex_ns);
    memcpy(s->latency, p->latency, sizeof s->latency);
}
