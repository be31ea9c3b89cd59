/* Thousands of phones in one thread, so that what is measured is the server: bench/load.py compiles
   it and speaks to it. Sockets 2i and 2i+1 are the client and the partner of room i.

   stdin, line by line:  HOST PORT COUNT AT_ONCE, then COUNT times  PATH TOKEN  ("-": a plain relay's, which
   passes on what it is sent), then commands:
     full SECONDS         each room's next signal once the one before has come and is answered
     rate PER_S SECONDS [ROOMS]
                          open loop: each is due at its time, and late is counted from when it was due;
                          all rooms in turn, or only so many of them
     beats SECONDS        nothing but beats
     every MS             beat that often from now on; 0: never
   stdout: one line each. Latency is sent (or due) -> the partner's copy, in microseconds; sent, texts
   and pings count the signals, and what servers told in that time besides answers to beats. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_TIMES (16 << 20)
#define WARM_UP_NS 500000000LL
/* After the last signal, so that all that is told for it is counted: at a rate also what is told
   again after two seconds. */
#define AFTER_FULL_NS 500000000LL
#define AFTER_RATE_NS 2300000000LL
#define IO_HEAD "42[\"m\","

typedef struct {
  int fd;
  int is_asked, is_open;
  char *rest; /* of a frame that is not whole yet */
  size_t rest_bytes;
} Phone;

typedef struct {
  int64_t sent; /* the id of the signal under way, 0: none */
  int has_come, is_answered;
} Room;

enum { IDLE, FULL, RATE, BEATS };

static Phone *phones;
static Room *rooms;
static int count, at_once, opened, first_count, first_opened, again, poll_fd, is_relay, is_io, mode;
static int64_t opened_first_ns, begun, counted_from, until, beats_every, beats_from, beats_sent, beats_came;
static int64_t sent_count, came_count, due_count, answered_count, refused_count, text_count, ping_count;
static double rate;
static int rate_rooms;
static uint32_t *times;
static struct sockaddr_in server;
static char host[64], (*paths)[160], (*tokens)[80];

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void die(const char *what) {
  fprintf(stderr, "load: %s: %s\n", what, errno ? strerror(errno) : "");
  exit(1);
}

static void put(Phone *phone, const char *data, size_t bytes) {
  if (write(phone->fd, data, bytes) != (ssize_t)bytes) die("a server that takes no more");
}

static void frame(Phone *phone, int opcode, const char *payload, size_t bytes) {
  char out[256] = {(char)(0x80 | opcode), (char)(0x80 | bytes), 0, 0, 0, 0};
  if (bytes > 125) die("too long a message");
  memcpy(out + 6, payload, bytes); /* a mask of four zeros */
  put(phone, out, bytes + 6);
}

/* One JSON object; socket.io's own words go around it. */
static void say(int at, const char *form, ...) {
  char text[124];
  va_list values;
  int n = is_io ? snprintf(text, sizeof text, IO_HEAD) : 0;
  va_start(values, form);
  n += vsnprintf(text + n, sizeof text - n, form, values);
  va_end(values);
  if (is_io) n += snprintf(text + n, sizeof text - n, "]");
  frame(&phones[at], 1, text, n);
}

static void signal_from(int room, int64_t id) {
  rooms[room] = (Room){id, 0, is_relay};
  sent_count++;
  say(2 * room, "{\"type\":\"stop\",\"id\":\"s%lld\"}", (long long)id);
}

static void next_signal(int room) { signal_from(room, now_ns()); }

static void beat(int at) {
  long long n = beats_sent++ / count, at_ms = now_ns() / 1000000;
  if (phones[at].is_open)
    say(at, "{\"type\":\"beat\",\"n\":%lld,\"sent_ms\":%lld,\"visible\":true,\"sound\":\"on\",\"awake\":true}",
        n, at_ms);
}

static int64_t id_in(const char *text, const char *before) {
  const char *at = strstr(text, before);
  return at ? atoll(at + strlen(before)) : 0;
}

static void go_on(int room) {
  Room *r = &rooms[room];
  if (mode == FULL && r->has_come && r->is_answered && now_ns() < until) next_signal(room);
}

static void signal_came(int room, int64_t id) {
  int64_t now = now_ns();
  if (!id) return;
  if (id >= counted_from && now < until && came_count < MAX_TIMES) times[came_count++] = (now - id) / 1000;
  if (id != rooms[room].sent) return;
  rooms[room].has_come = 1;
  go_on(room);
}

/* What a page would do with it: say that an alert was seen, count the rest. */
static void message(int at, char *text) {
  int room = at / 2;
  if (is_io && strncmp(text, IO_HEAD, strlen(IO_HEAD))) {
    if (*text == '0') frame(&phones[at], 1, "40", 2);
    if (*text == '2') frame(&phones[at], 1, "3", 1);
    return;
  }
  if (is_io) text += strlen(IO_HEAD);
  if (!strncmp(text, "{\"type\":\"beat\"", 14)) {
    beats_came++;
    return;
  }
  text_count++;
  if (is_relay) {
    signal_came(room, id_in(text, "\"id\":\"s"));
  } else if (!strncmp(text, "{\"type\":\"alert\"", 15)) {
    const char *name = strstr(text, "\"alert\":\"") + 9;
    say(at, "{\"type\":\"seen\",\"alert\":\"%.*s\"}", (int)strcspn(name, "\""), name);
    if (at % 2) signal_came(room, id_in(text, "\"client:s"));
  } else if (!strncmp(text, "{\"type\":\"done\"", 14)) {
    int64_t id = id_in(text, "\"id\":\"s");
    if (id >= counted_from && now_ns() < until) answered_count++;
    if (id == rooms[room].sent) rooms[room].is_answered = 1;
    go_on(room);
  } else if (!strncmp(text, "{\"type\":\"refused\"", 17)) {
    refused_count++;
  }
}

static size_t take(int at, char *data, size_t bytes) {
  if (bytes < 2) return 0;
  size_t head = 2, length = data[1] & 0x7f;
  if (length == 126) {
    if (bytes < 4) return 0;
    head = 4, length = (uint8_t)data[2] << 8 | (uint8_t)data[3];
  }
  if (bytes < head + length) return 0;
  int opcode = data[0] & 0x0f;
  if (opcode == 9) ping_count++, frame(&phones[at], 10, data + head, length);
  if (opcode == 8) die("the server closed a socket");
  if (opcode == 1) {
    char kept = data[head + length];
    data[head + length] = 0;
    message(at, data + head);
    data[head + length] = kept;
  }
  return head + length;
}

static void open_next(void);
static void open_phone(int at);
static void ask(int at);

/* A phone that is turned away before it is connected asks again. */
static void ask_again(int at) {
  close(phones[at].fd);
  phones[at].is_asked = 0, again++;
  open_phone(at);
}

static int goes_first(int at) { return strstr(paths[at], "hands=on") != NULL; }

static void come(int at) {
  static char buffer[1 << 20];
  Phone *phone = &phones[at];
  if (!phone->is_asked) return ask(at);
  size_t bytes = phone->rest_bytes, done = 0;
  if (bytes) memcpy(buffer, phone->rest, bytes);
  ssize_t n = read(phone->fd, buffer + bytes, sizeof buffer - bytes - 1);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0 && !phone->is_open) return ask_again(at);
  if (n <= 0) die("the server hung up");
  bytes += n;
  buffer[bytes] = 0;
  if (!phone->is_open) {
    char *end = strstr(buffer, "\r\n\r\n");
    if (end) {
      if (strncmp(buffer, "HTTP/1.1 101", 12)) die(buffer);
      phone->is_open = 1, opened++, done = end + 4 - buffer;
      if (goes_first(at) && ++first_opened == first_count) opened_first_ns = now_ns();
      open_next();
    }
  }
  if (phone->is_open)
    for (size_t took; (took = take(at, buffer + done, bytes - done)); done += took) {}
  free(phone->rest);
  phone->rest = NULL, phone->rest_bytes = bytes - done;
  if (phone->rest_bytes) memcpy(phone->rest = malloc(bytes - done), buffer + done, bytes - done);
}

static void open_next(void) {
  static int next;
  if (next < count) open_phone(next++);
}

static void open_phone(int at) {
  int one = 1, room = at / 2;
  Phone *phone = &phones[at];
  phone->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  /* Many addresses of this machine: one alone has ports for a run or two. */
  struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000000 | (getpid() & 0x3f) << 16 | (room % 200) << 8 | 9)};
  setsockopt(phone->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
  setsockopt(phone->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (bind(phone->fd, (struct sockaddr *)&from, sizeof from)) die("bind");
  if (connect(phone->fd, (struct sockaddr *)&server, sizeof server) && errno != EINPROGRESS) die("connect");
  struct epoll_event event = {.events = EPOLLOUT, .data.u32 = at};
  epoll_ctl(poll_fd, EPOLL_CTL_ADD, phone->fd, &event);
}

static void ask(int at) {
  char text[512];
  int n = snprintf(text, sizeof text,
      "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Key: c2l4dGVlbiBieXRlcy4uLg==\r\nSec-WebSocket-Version: 13\r\n"
      "Authorization: Bearer %s\r\n\r\n", paths[at], host, ntohs(server.sin_port), tokens[at]);
  if (write(phones[at].fd, text, n) != n) return ask_again(at);
  phones[at].is_asked = 1;
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = at};
  epoll_ctl(poll_fd, EPOLL_CTL_MOD, phones[at].fd, &event);
}

static int by_size(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

static double share_us(double share) {
  return came_count ? times[(int64_t)((came_count - 1) * share)] : 0;
}

static double own_cpu_s(void) {
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  return used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static double cpu_before;
static int64_t beats_came_before;

static void start(int how, double seconds) {
  mode = how, begun = now_ns();
  counted_from = begun + WARM_UP_NS, until = counted_from + (int64_t)(seconds * 1e9);
  sent_count = came_count = due_count = answered_count = refused_count = text_count = ping_count = 0;
  cpu_before = own_cpu_s(), beats_came_before = beats_came;
  if (mode == FULL)
    for (int room = 0; room < count / 2; room++) next_signal(room);
}

static void tell(void) {
  double took = (until - begun) / 1e9, counted = (until - counted_from) / 1e9;
  qsort(times, came_count, sizeof *times, by_size);
  printf("{\"per_s\": %.1f, \"answered_per_s\": %.1f, \"p50_us\": %.0f, \"p99_us\": %.0f, \"p999_us\": %.0f, \"worst_us\": %.0f, "
         "\"beats_per_s\": %.1f, \"refused\": %lld, \"sent\": %lld, \"texts\": %lld, \"pings\": %lld, \"own_share\": %.3f}\n",
         came_count / counted, answered_count / counted, share_us(.5), share_us(.99), share_us(.999), share_us(1),
         (beats_came - beats_came_before) / took, (long long)refused_count,
         (long long)sent_count, (long long)text_count, (long long)ping_count, (own_cpu_s() - cpu_before) / took);
  fflush(stdout);
  mode = IDLE;
}

static int obey(void) {
  char line[128], what[16] = "";
  double a = 0, b = 0, c = 0;
  if (!fgets(line, sizeof line, stdin)) return 0;
  sscanf(line, "%15s %lf %lf %lf", what, &a, &b, &c);
  if (!strcmp(what, "full")) start(FULL, a);
  if (!strcmp(what, "rate")) rate = a, rate_rooms = c ? c : count / 2, start(RATE, b);
  if (!strcmp(what, "beats")) start(BEATS, a);
  if (!strcmp(what, "every")) beats_every = a * 1e6, beats_from = now_ns(), beats_sent = 0;
  return 1;
}

static void do_what_is_due(void) {
  int64_t now = now_ns();
  if (beats_every)
    for (int64_t due = (double)(now - beats_from) * count / beats_every; beats_sent < due;) beat(beats_sent % count);
  if (mode == RATE)
    for (int64_t at; (at = begun + due_count * 1e9 / rate) <= now && at < until; due_count++)
      signal_from(due_count % rate_rooms, at);
  int64_t after = mode == RATE ? AFTER_RATE_NS : mode == FULL ? AFTER_FULL_NS : 0;
  if (mode != IDLE && now > until + after) tell();
}

/* Sleep until a byte comes or something is due: its own share of a core then says how far from its
   limits it is. */
static struct timespec pause_ns(void) {
  int64_t now = now_ns(), next = now + 1000000;
  if (mode == RATE && begun + due_count * 1e9 / rate < next) next = begun + due_count * 1e9 / rate;
  if (beats_every && beats_from + (beats_sent + 1.0) * beats_every / count < next)
    next = beats_from + (beats_sent + 1.0) * beats_every / count;
  return (struct timespec){.tv_nsec = next > now ? next - now : 0};
}

int main(void) {
  struct rlimit files;
  int port;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  setvbuf(stdin, NULL, _IONBF, 0);
  if (scanf("%63s %d %d %d", host, &port, &count, &at_once) != 4) die("no HOST PORT COUNT AT_ONCE");
  phones = calloc(count, sizeof *phones), rooms = calloc(count / 2 + 1, sizeof *rooms);
  paths = calloc(count, sizeof *paths), tokens = calloc(count, sizeof *tokens);
  times = malloc(MAX_TIMES * sizeof *times);
  for (int at = 0; at < count; at++)
    if (scanf("%159s %79s", paths[at], tokens[at]) != 2) die("no PATH TOKEN");
  for (int at = 0; at < count; at++) first_count += goes_first(at);
  is_io = count && !strncmp(paths[0], "/socket.io/", 11);
  is_relay = count && !strcmp(tokens[0], "-");
  server = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
  inet_pton(AF_INET, host, &server.sin_addr);
  poll_fd = epoll_create1(0);
  int64_t from = now_ns();
  for (int n = 0; n < at_once; n++) open_next();
  struct epoll_event events[512], commands = {.events = EPOLLIN, .data.u32 = UINT32_MAX};
  int is_told = 0;
  for (;;) {
    struct timespec pause = pause_ns();
    int n = epoll_pwait2(poll_fd, events, 512, &pause, NULL);
    for (int i = 0; i < n; i++) {
      if (events[i].data.u32 != UINT32_MAX) come(events[i].data.u32);
      else if (!obey()) return 0;
    }
    do_what_is_due();
    if (opened == count && !is_told) {
      int64_t now = now_ns(), first = first_count ? opened_first_ns : now;
      printf("{\"first_s\": %.3f, \"opened_s\": %.3f, \"asked_again\": %d}\n", (first - from) / 1e9, (now - from) / 1e9, again);
      fflush(stdout);
      is_told = 1;
      epoll_ctl(poll_fd, EPOLL_CTL_ADD, 0, &commands);
    }
  }
}
