// A web server that says who asks, and a client, for guests: the tiny guest's busybox is static and cannot look up addresses.
//   talk serve PORT WORD    talk ask IP PORT SECONDS
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

int main(int argc, char **argv) {
  char buf[4096];
  struct sockaddr_in a = {.sin_family = AF_INET};
  socklen_t len = sizeof a;
  int one = 1, s = socket(AF_INET, SOCK_STREAM, 0);
  if (argc == 4 && !strcmp(argv[1], "serve")) {
    signal(SIGHUP, SIG_IGN);
    a.sin_port = htons(atoi(argv[2]));
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(s, (void *)&a, len) || listen(s, 16)) return 1;
    if (daemon(0, 0)) return 1;
    for (;;) {
      len = sizeof a;
      int c = accept(s, (void *)&a, &len);
      if (c < 0) continue;
      if (read(c, buf, sizeof buf) > 0) {
        int n = snprintf(buf, sizeof buf, "HTTP/1.0 200 OK\r\n\r\n%s %s", argv[3], inet_ntoa(a.sin_addr));
        if (write(c, buf, n) != n) perror("write");
      }
      close(c);
    }
  }
  if (argc == 5 && !strcmp(argv[1], "ask")) {
    struct timeval t = {.tv_sec = atoi(argv[4])};
    const char *get = "GET / HTTP/1.0\r\n\r\n";
    size_t have = 0;
    ssize_t n;
    a.sin_port = htons(atoi(argv[3]));
    setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t); // also of the connect
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
    if (!inet_aton(argv[2], &a.sin_addr) || connect(s, (void *)&a, len) || write(s, get, strlen(get)) < 0) return 7;
    while (have < sizeof buf - 1 && (n = read(s, buf + have, sizeof buf - 1 - have)) > 0) have += n;
    buf[have] = 0;
    char *body = strstr(buf, "\r\n\r\n");
    if (!body) return 7;
    puts(body + 4);
    return 0;
  }
  return 2;
}
