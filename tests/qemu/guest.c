/*
 * The first and only process of the QEMU guest: loads the kernel's USB modules, plugs the virtual device in over USB/IP, speaks to it
 * through native-shim and libusb and through the kernel's own usbtmc driver, pulls the cable, and prints one line of result.
 */
#include "fastcore_shim.h"
#include "frame.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MS 1000000ull
#define EPOCH 77u
#define HEARTBEAT 2
#define URGENT 1
#define VHCI "/sys/devices/platform/vhci_hcd.0/"

static char failure[256];

#define CHECK(condition)                                                                              \
    do {                                                                                              \
        if (!(condition)) {                                                                           \
            snprintf(failure, sizeof failure, "line %d: %s (%s)", __LINE__, #condition, strerror(errno)); \
            return -1;                                                                                \
        }                                                                                             \
    } while (0)

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void sleep_ms(long ms)
{
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

static int wait_for(const char *path, double seconds)
{
    for (double end = now() + seconds; now() < end; sleep_ms(20)) {
        if (access(path, F_OK) == 0)
            return 0;
    }
    errno = ETIMEDOUT;
    return -1;
}

static int text_to(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY);
    if (fd < 0)
        return -1;
    ssize_t written = write(fd, text, strlen(text));
    close(fd);
    return written == (ssize_t)strlen(text) ? 0 : -1;
}

/* In the order of their names; what is already there does no harm. */
static int load_modules(void)
{
    glob_t found;
    CHECK(glob("/modules/*.ko", 0, NULL, &found) == 0);
    for (size_t k = 0; k < found.gl_pathc; k++) {
        int fd = open(found.gl_pathv[k], O_RDONLY | O_CLOEXEC);
        CHECK(fd >= 0);
        CHECK(syscall(SYS_finit_module, fd, "", 0) == 0 || errno == EEXIST);
        close(fd);
    }
    globfree(&found);
    return 0;
}

/* The address that QEMU's user network has for its only guest. */
static int network(void)
{
    CHECK(wait_for("/sys/class/net/eth0", 10) == 0);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK(fd >= 0);
    struct ifreq request = {0};
    strcpy(request.ifr_name, "eth0");
    struct sockaddr_in *address = (struct sockaddr_in *)&request.ifr_addr;
    address->sin_family = AF_INET;
    inet_pton(AF_INET, "10.0.2.15", &address->sin_addr);
    CHECK(ioctl(fd, SIOCSIFADDR, &request) == 0);
    inet_pton(AF_INET, "255.255.255.0", &address->sin_addr);
    CHECK(ioctl(fd, SIOCSIFNETMASK, &request) == 0);
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    CHECK(ioctl(fd, SIOCSIFFLAGS, &request) == 0);
    close(fd);
    return 0;
}

static int port_of_server(void)
{
    char line[1024] = {0};
    FILE *file = fopen("/proc/cmdline", "r");
    const char *at = file != NULL && fgets(line, sizeof line, file) != NULL ? strstr(line, "fastcore.port=") : NULL;
    if (file != NULL)
        fclose(file);
    return at == NULL ? 0 : atoi(at + strlen("fastcore.port="));
}

/* What `usbip attach` does: asks for the device, then gives the connection to the kernel. */
static int attach(void)
{
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port_of_server())};
    inet_pton(AF_INET, "10.0.2.2", &server.sin_addr);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(fd >= 0 && connect(fd, (struct sockaddr *)&server, sizeof server) == 0);
    uint8_t request[40] = {0x01, 0x11, 0x80, 0x03};
    strcpy((char *)request + 8, "1-1");
    CHECK(write(fd, request, sizeof request) == (ssize_t)sizeof request);
    uint8_t reply[8 + 312];
    for (size_t got = 0; got < sizeof reply;) {
        ssize_t bytes = read(fd, reply + got, sizeof reply - got);
        CHECK(bytes > 0);
        got += (size_t)bytes;
    }
    CHECK(reply[3] == 3 && reply[7] == 0);
    /* Port of a high-speed hub, socket, bus and number of the device, speed 3: high. */
    char line[64];
    snprintf(line, sizeof line, "0 %d %d 3\n", fd, (1 << 16) | 2);
    CHECK(text_to(VHCI "attach", line) == 0);
    close(fd);
    return 0;
}

static void put32(uint8_t *at, uint32_t value)
{
    for (int k = 0; k < 4; k++)
        at[k] = (uint8_t)(value >> (8 * k));
}

static uint32_t heartbeat(uint8_t *frame, uint32_t sequence)
{
    memset(frame, 0, FC_FRAME_HEADER);
    memcpy(frame, "FCP1", 4);
    (frame[4] = 1, frame[5] = 1, frame[6] = HEARTBEAT, frame[26] = URGENT);
    put32(frame + 8, sequence);
    put32(frame + 12, EPOCH);
    put32(frame + 28, fc_checksum(~0u, frame, 28));
    return FC_FRAME_HEADER;
}

/* A new epoch, then a hundred heartbeats on the bulk pipes, each with its reply. */
static int speak(fc_pump *pump)
{
    uint8_t information[64];
    uint32_t length = sizeof information;
    CHECK(fc_pump_control(pump, 0xC0, 1, 0, 0, information, &length, 1000 * MS) == FC_OK && length == 64 && information[0] == 1);
    length = 0;
    CHECK(fc_pump_control(pump, 0x40, 2, EPOCH, 0, NULL, &length, 1000 * MS) == FC_OK);
    fc_checksum_prepare();
    for (uint32_t k = 1; k <= 100; k++) {
        uint8_t frame[FC_FRAME_HEADER];
        fc_slot *slot;
        CHECK(fc_pump_send(pump, frame, heartbeat(frame, 0x80000000u | k), 1000 * MS) == FC_OK);
        CHECK(fc_pump_receive(pump, FC_REPLIES, 1000 * MS, &slot) == FC_OK);
        /* Acknowledged; 4 bytes of head and the status of 32. */
        CHECK(slot->length == FC_FRAME_HEADER + 36 + 4 && slot->data[5] == 2 && fc_read32(slot->data + 8) == (0x80000000u | k));
        fc_pump_release(pump, FC_REPLIES);
    }
    return 0;
}

/* A request that the device does not know, halts that are cleared, and everything goes on. */
static int stall(fc_pump *pump)
{
    uint8_t nothing[8];
    uint32_t length = sizeof nothing;
    CHECK(fc_pump_control(pump, 0xC0, 99, 0, 0, nothing, &length, 1000 * MS) == FC_STALL);
    CHECK(fc_pump_clear_halt(pump, FC_REPLIES) == FC_OK && fc_pump_clear_halt(pump, -1) == FC_OK);
    return speak(pump);
}

static int ask(int fd, const char *question, char *answer, size_t size)
{
    CHECK(write(fd, question, strlen(question)) == (ssize_t)strlen(question));
    ssize_t length = read(fd, answer, size - 1);
    CHECK(length > 0);
    answer[length] = 0;
    answer[strcspn(answer, "\r\n")] = 0;
    return 0;
}

static int messages(char *identity, size_t size)
{
    char error[128];
    CHECK(wait_for("/dev/usbtmc0", 10) == 0);
    int fd = open("/dev/usbtmc0", O_RDWR);
    CHECK(fd >= 0);
    if (ask(fd, "*IDN?\n", identity, size) != 0)
        return -1;
    CHECK(strncmp(identity, "FastCore,", 9) == 0);
    CHECK(write(fd, "FIRE", 4) == 4);
    if (ask(fd, "SYST:ERR?\n", error, sizeof error) != 0)
        return -1;
    CHECK(strcmp(error, "-113,\"Undefined header\"") == 0);
    if (ask(fd, "SYST:ERR?", error, sizeof error) != 0)
        return -1;
    CHECK(strcmp(error, "0,\"No error\"") == 0);
    close(fd);
    return 0;
}

/* The cable: what waits ends, and what is asked for afterwards finds nobody. */
static int pull(fc_pump *pump)
{
    fc_slot *slot;
    CHECK(text_to(VHCI "detach", "0\n") == 0);
    int status = FC_OK;
    for (double end = now() + 10; status != FC_NO_DEVICE && now() < end;) {
        status = fc_pump_receive(pump, FC_REPLIES, 100 * MS, &slot);
        if (status == FC_OK)
            fc_pump_release(pump, FC_REPLIES);
    }
    CHECK(status == FC_NO_DEVICE);
    uint8_t frame[FC_FRAME_HEADER];
    CHECK(fc_pump_send(pump, frame, heartbeat(frame, 1), 100 * MS) == FC_NO_DEVICE);
    return 0;
}

static int test(char *said, size_t size)
{
    CHECK(mount("none", "/proc", "proc", 0, NULL) == 0 && mount("none", "/sys", "sysfs", 0, NULL) == 0);
    CHECK(mount("none", "/dev", "devtmpfs", 0, NULL) == 0 || errno == EBUSY);
    if (load_modules() != 0 || network() != 0)
        return -1;
    double begin = now();
    if (attach() != 0)
        return -1;
    fc_pump *pump = NULL;
    int denied = 0;
    for (double end = now() + 20; pump == NULL && now() < end; sleep_ms(50))
        fc_pump_open(0x1209, 0x0001, NULL, &pump, &denied);
    CHECK(pump != NULL);
    double opened = now() - begin;
    char identity[128];
    begin = now();
    if (speak(pump) != 0)
        return -1;
    double spoke = now() - begin;
    if (stall(pump) != 0 || messages(identity, sizeof identity) != 0)
        return -1;
    snprintf(said, size, "%s enumerated in %.1f s, a hundred commands in %.2f s, *IDN? %s", fc_pump_serial(pump), opened, spoke, identity);
    if (pull(pump) != 0)
        return -1;
    fc_pump_close(pump);
    return 0;
}

int main(void)
{
    char said[512];
    int failed = test(said, sizeof said);
    printf("\nGUEST %s: %s\n", failed ? "failed" : "passed", failed ? failure : said);
    fflush(stdout);
    sync();
    reboot(RB_POWER_OFF);
    return failed;
}
