/*
 * A Vulkan layer that loses the device: once the file that LOSE_DEVICE names is there, work that is submitted comes back with
 * VK_ERROR_DEVICE_LOST, as it does when a driver was reset. Declares the few types it needs, so that no headers have to be installed.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOST (-4)
#define INSTANCE_CREATE_INFO 47 /* VK_STRUCTURE_TYPE_LOADER_INSTANCE_CREATE_INFO */
#define DEVICE_CREATE_INFO 48
#define LINK 0 /* VK_LAYER_LINK_INFO */

typedef void (*Function)(void);
typedef Function (*Lookup)(void *, const char *);

typedef struct Link {
  struct Link *next;
  Lookup of_instance;
  Lookup of_device; /* for an instance: of a physical device */
} Link;

typedef struct Info {
  uint32_t type;
  const struct Info *next;
  uint32_t function;
  Link *link;
} Info;

static Lookup instance_lookup, device_lookup;

static Info *link_of(const Info *info, uint32_t type) {
  for (info = info->next; info != NULL; info = info->next)
    if (info->type == type && info->function == LINK) return (Info *)info;
  return NULL;
}

static int lost(void) {
  const char *file = getenv("LOSE_DEVICE");
  return file != NULL && access(file, F_OK) == 0;
}

static int create_instance(const Info *info, const void *allocator, void **instance) {
  Info *link = link_of(info, INSTANCE_CREATE_INFO);
  instance_lookup = link->link->of_instance;
  link->link = link->link->next;
  return ((int (*)(const Info *, const void *, void **))instance_lookup(NULL, "vkCreateInstance"))(info, allocator, instance);
}

static int create_device(void *physical, const Info *info, const void *allocator, void **device) {
  Info *link = link_of(info, DEVICE_CREATE_INFO);
  Lookup of_instance = link->link->of_instance;
  device_lookup = link->link->of_device;
  link->link = link->link->next;
  return ((int (*)(void *, const Info *, const void *, void **))of_instance(NULL, "vkCreateDevice"))(physical, info, allocator, device);
}

static int (*next_submit)(void *, uint32_t, const void *, uint64_t);

static int submit(void *queue, uint32_t count, const void *submits, uint64_t fence) {
  return lost() ? LOST : next_submit(queue, count, submits, fence);
}

Function vkGetDeviceProcAddr(void *device, const char *name) {
  if (strcmp(name, "vkGetDeviceProcAddr") == 0) return (Function)vkGetDeviceProcAddr;
  Function next = device_lookup(device, name);
  if (strcmp(name, "vkQueueSubmit") != 0) return next;
  next_submit = (int (*)(void *, uint32_t, const void *, uint64_t))next;
  return (Function)submit;
}

Function vkGetInstanceProcAddr(void *instance, const char *name) {
  if (strcmp(name, "vkGetInstanceProcAddr") == 0) return (Function)vkGetInstanceProcAddr;
  if (strcmp(name, "vkGetDeviceProcAddr") == 0) return (Function)vkGetDeviceProcAddr;
  if (strcmp(name, "vkCreateInstance") == 0) return (Function)create_instance;
  if (strcmp(name, "vkCreateDevice") == 0) return (Function)create_device;
  return instance_lookup(instance, name);
}
