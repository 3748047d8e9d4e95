################################################################################
#
# aseq
#
################################################################################

ASEQ_VERSION = 0.1.0
ASEQ_SOURCE = alsa-seq-$(ASEQ_VERSION).tar.xz
ASEQ_SITE = https://alsa-seq.example/releases
ASEQ_SUBDIR = cli
ASEQ_LICENSE = MIT or Apache-2.0
ASEQ_LICENSE_FILES = LICENSE-MIT LICENSE-APACHE LICENCES.txt

# Optimises for size. Buildroot's own settings make the program larger.
ASEQ_CARGO_ENV = \
	CARGO_PROFILE_RELEASE_OPT_LEVEL=z \
	CARGO_PROFILE_RELEASE_LTO=fat \
	CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1

# Buildroot adds the crates to the archive and compresses it with gzip, whatever its name
# is. Without an option for the compression, tar detects it.
define ASEQ_EXTRACT_CMDS
	$(TAR) --strip-components=1 -C $(@D) \
		$(TAR_OPTIONS) $(ASEQ_DL_DIR)/$(ASEQ_SOURCE)
endef

ifeq ($(BR2_PACKAGE_ASEQ_MINIMAL),y)
ASEQ_CARGO_BUILD_OPTS += --no-default-features
ASEQ_CARGO_INSTALL_OPTS += --no-default-features
else
ASEQ_CARGO_BUILD_OPTS += --features full
ASEQ_CARGO_INSTALL_OPTS += --features full
define ASEQ_INSTALL_INIT_SYSV
	$(INSTALL) -D -m 0755 $(ASEQ_PKGDIR)/S50aseq \
		$(TARGET_DIR)/etc/init.d/S50aseq
	$(INSTALL) -d $(TARGET_DIR)/etc/aseq/connect $(TARGET_DIR)/etc/aseq/patch \
		$(TARGET_DIR)/etc/aseq/record
endef

define ASEQ_INSTALL_INIT_SYSTEMD
	$(INSTALL) -D -m 0644 $(ASEQ_PKGDIR)/aseq-connect@.service \
		$(TARGET_DIR)/usr/lib/systemd/system/aseq-connect@.service
	$(INSTALL) -D -m 0644 $(ASEQ_PKGDIR)/aseq-patch.service \
		$(TARGET_DIR)/usr/lib/systemd/system/aseq-patch.service
	$(INSTALL) -D -m 0644 $(ASEQ_PKGDIR)/aseq-record@.service \
		$(TARGET_DIR)/usr/lib/systemd/system/aseq-record@.service
	$(INSTALL) -d $(TARGET_DIR)/etc/aseq/connect $(TARGET_DIR)/etc/aseq/patch \
		$(TARGET_DIR)/etc/aseq/record
endef

# Buildroot removes manual pages from the target, and has no package of fish.
ifeq ($(BR2_PACKAGE_BASH_COMPLETION),y)
define ASEQ_INSTALL_BASH_COMPLETION
	$(INSTALL) -D -m 0644 $(@D)/completions/aseq.bash \
		$(TARGET_DIR)/usr/share/bash-completion/completions/aseq
endef
ASEQ_POST_INSTALL_TARGET_HOOKS += ASEQ_INSTALL_BASH_COMPLETION
endif

ifeq ($(BR2_PACKAGE_ZSH),y)
define ASEQ_INSTALL_ZSH_COMPLETION
	$(INSTALL) -D -m 0644 $(@D)/completions/_aseq \
		$(TARGET_DIR)/usr/share/zsh/site-functions/_aseq
endef
ASEQ_POST_INSTALL_TARGET_HOOKS += ASEQ_INSTALL_ZSH_COMPLETION
endif
endif

ifeq ($(BR2_PACKAGE_ASEQ_OLD_NAMES),y)
define ASEQ_INSTALL_OLD_NAMES
	for name in aconnect aplaymidi arecordmidi aseqdump aseqnet; do \
		ln -sf aseq $(TARGET_DIR)/usr/bin/$$name || exit 1; \
	done
endef
ASEQ_POST_INSTALL_TARGET_HOOKS += ASEQ_INSTALL_OLD_NAMES
endif

# The required lines of packaging/alsa-seq.config, and the options for exact queues.
define ASEQ_LINUX_CONFIG_FIXUPS
	$(call KCONFIG_ENABLE_OPT,CONFIG_SOUND)
	$(call KCONFIG_ENABLE_OPT,CONFIG_SND)
	$(call KCONFIG_ENABLE_OPT,CONFIG_SND_SEQUENCER)
	$(call KCONFIG_ENABLE_OPT,CONFIG_SIGNALFD)
	$(call KCONFIG_ENABLE_OPT,CONFIG_HIGH_RES_TIMERS)
	$(call KCONFIG_ENABLE_OPT,CONFIG_SND_HRTIMER)
	$(call KCONFIG_ENABLE_OPT,CONFIG_SND_SEQ_HRTIMER_DEFAULT)
endef

$(eval $(cargo-package))
