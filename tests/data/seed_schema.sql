-- 创建数据库
CREATE DATABASE IF NOT EXISTS design_agent DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

USE design_agent;

-- 任务表
CREATE TABLE `tasks` (
  `id` VARCHAR(50) PRIMARY KEY,
  `user_id` VARCHAR(50) NOT NULL,
  `type` VARCHAR(50) NOT NULL,
  `status` VARCHAR(20) NOT NULL,
  `priority` INT DEFAULT 0,
  `input_params` JSON NOT NULL,
  `progress` JSON,
  `result` JSON,
  `error` JSON,
  `created_at` TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  `started_at` TIMESTAMP NULL,
  `completed_at` TIMESTAMP NULL,
  `updated_at` TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  INDEX `idx_user_id` (`user_id`),
  INDEX `idx_status` (`status`),
  INDEX `idx_created_at` (`created_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- 海报表
CREATE TABLE `posters` (
  `id` VARCHAR(50) PRIMARY KEY,
  `task_id` VARCHAR(50) NOT NULL,
  `user_id` VARCHAR(50) NOT NULL,
  `title` VARCHAR(200),
  `description` TEXT,
  `width` INT NOT NULL,
  `height` INT NOT NULL,
  `background` VARCHAR(500),
  `preview_url` VARCHAR(500),
  `source_url` VARCHAR(500),
  `metadata` JSON,
  `created_at` TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  `updated_at` TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  INDEX `idx_task_id` (`task_id`),
  INDEX `idx_user_id` (`user_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- 图层表
CREATE TABLE `layers` (
  `id` VARCHAR(50) PRIMARY KEY,
  `name` VARCHAR(100),
  `type` VARCHAR(50),
  `order` INT DEFAULT 0,
  `opacity` FLOAT DEFAULT 1.0,
  `blend_mode` VARCHAR(50),
  `locked` BOOLEAN DEFAULT FALSE,
  `visible` BOOLEAN DEFAULT TRUE,
  `created_at` TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  `updated_at` TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- 海报图层关联表
CREATE TABLE `poster_layers` (
  `id` VARCHAR(50) PRIMARY KEY,
  `poster_id` VARCHAR(50) NOT NULL,
  `layer_id` VARCHAR(50) NOT NULL,
  `order` INT DEFAULT 0,
  `created_at` TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  INDEX `idx_poster_id` (`poster_id`),
  UNIQUE KEY `uk_poster_layer` (`poster_id`, `layer_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- 元素表
CREATE TABLE `elements` (
  `id` VARCHAR(50) PRIMARY KEY,
  `layer_id` VARCHAR(50) NOT NULL,
  `type` VARCHAR(50) NOT NULL,
  `transform` JSON NOT NULL,
  `style` JSON NOT NULL,
  `content` JSON NOT NULL,
  `locked` BOOLEAN DEFAULT FALSE,
  `visible` BOOLEAN DEFAULT TRUE,
  `selectable` BOOLEAN DEFAULT TRUE,
  `created_at` TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  `updated_at` TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  INDEX `idx_layer_id` (`layer_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
