include $(sort $(wildcard $(BR2_EXTERNAL_ASEQ_PATH)/package/*/*.mk))
